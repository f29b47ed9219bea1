import { distinctValues } from '../facts.js';
import type { Path } from './access.js';
import {
  aliasesOf,
  betweenOf,
  clausesOf,
  closureOf,
  idOf,
  leavesOf,
  scansIn,
  singleScan,
  spanning,
  type Weighted,
} from './join-clauses.js';
import { type Joined, JoinPaths, type Surroundings } from './join-paths.js';
import { PathSet } from './path-set.js';
import type { JoinClause, JoinTree, JoinType, Tree } from './tree.js';
import { namesOf, scansOf } from './tree-walk.js';

/** Beyond it only the order of the plan is tried. */
const MOST_RELATIONS = 7;

/** Orders and methods of joins: all orders of inner joins, and the plan's own order around outer ones. */
export class JoinSearch {
  private readonly joins: JoinPaths;

  constructor(private readonly around: Surroundings) {
    this.joins = new JoinPaths(around);
  }

  /** Values that the keys have together. */
  distinctOf(tree: Tree, ids: readonly string[]): number {
    return this.joins.distinctOf(tree, ids);
  }

  paths(tree: JoinTree, useful: ReadonlySet<string>): readonly Path[] {
    if (tree.semi?.kind === 'join') {
      const { semi, ...plain } = tree;
      return [...this.paths(plain, useful), ...this.fixedJoin({ ...semi, kind: 'join' }, useful)];
    }
    if (tree.type !== 'Inner') return this.fixedJoin(tree, useful);
    const leaves = leavesOf(tree);
    if (leaves.length > MOST_RELATIONS) return this.fixedJoin(tree, useful);
    return this.search(tree, leaves, useful);
  }

  private search(tree: JoinTree, leaves: readonly Tree[], useful: ReadonlySet<string>): readonly Path[] {
    const clauses = closureOf(clausesOf(tree));
    const keys = new Set([...useful, ...clauses.flatMap(({ left, right }) => [idOf(left), idOf(right)])]);
    const factor = this.selectivity(tree, leaves, clauses);
    const table = new Map<number, Joined>();
    leaves.forEach((leaf, index) => {
      const [scan] = leaf.kind === 'scan' ? [leaf.scan] : [];
      const rows = scan === undefined ? leaf.rows : this.around.estimates.scanRows(scan);
      const paths = this.around.paths(leaf, keys);
      table.set(1 << index, { members: 1 << index, rows, width: leaf.width, paths });
    });
    const all = (1 << leaves.length) - 1;
    for (let members = 1; members <= all; members += 1) {
      if (table.has(members)) continue;
      const joined = this.joinOf(members, { table, leaves, clauses, keys, factor });
      if (joined !== undefined) table.set(members, joined);
    }
    const set = new PathSet(useful);
    for (const path of table.get(all)?.paths ?? []) set.add(path);
    return set.paths;
  }

  private joinOf(members: number, search: Search): Joined | undefined {
    const { table, leaves, clauses } = search;
    const names = aliasesOf(members, leaves);
    const inside = clauses.filter(({ left, right }) => names.has(left.alias) && names.has(right.alias));
    const rows = this.joinedRows(members, search, inside);
    const set = new PathSet(search.keys);
    for (let part = (members - 1) & members; part > 0; part = (part - 1) & members) {
      const left = table.get(part);
      const right = table.get(members ^ part);
      if (left === undefined || right === undefined) continue;
      const between = betweenOf(inside, aliasesOf(part, leaves));
      if (between.length === 0 && inside.length > 0) continue;
      const inner = singleScan(members ^ part, leaves);
      const outerScans = scansIn(part, leaves);
      const pair = { rows, clauses: between, inner, type: 'Inner' as const, filters: 0, outerScans };
      for (const path of this.joins.pairs(left, right, pair)) set.add(path);
    }
    if (set.paths.length === 0) return undefined;
    const width = leaves.reduce((sum, leaf, index) => sum + (members & (1 << index) ? leaf.width : 0), 0);
    return { members, rows, width, paths: set.paths };
  }

  private joinedRows(
    members: number,
    { table, leaves, factor }: Search,
    inside: readonly Weighted[],
  ): number {
    const product = leaves.reduce(
      (rows, _, index) => rows * (members & (1 << index) ? (table.get(1 << index)?.rows ?? 1) : 1),
      1,
    );
    const shares = spanning(inside).map(({ share }) => share);
    const isAll = members === (1 << leaves.length) - 1;
    return Math.max(1, shares.reduce((rows, share) => rows * share, product) * (isAll ? factor : 1));
  }

  /** What the planner knows of the joins above what their keys tell. */
  private selectivity(tree: JoinTree, leaves: readonly Tree[], clauses: Weighted[]): number {
    for (const clause of clauses) clause.share = this.clauseShare(tree, clause);
    const product = leaves.reduce(
      (rows, leaf) => rows * (leaf.kind === 'scan' ? this.around.estimates.scanRows(leaf.scan) : leaf.rows),
      1,
    );
    const guessed = spanning(clauses).reduce((rows, { share }) => rows * share, product);
    return tree.rows / Math.max(1, guessed);
  }

  private clauseShare(tree: Tree, { left, right }: JoinClause): number {
    const scans = scansOf(tree);
    const of = (ref: JoinClause['left']) => {
      const scan = scans.find(({ alias }) => alias === ref.alias);
      if (scan === undefined) return 1;
      return distinctValues(scan.table.columns.get(ref.column), this.around.estimates.tableRows(scan));
    };
    return 1 / Math.max(1, of(left), of(right));
  }

  /** A join whose sides cannot change places with others. */
  private fixedJoin(tree: JoinTree, useful: ReadonlySet<string>): readonly Path[] {
    const keys = new Set([
      ...useful,
      ...tree.clauses.flatMap(({ left, right }) => [idOf(left), idOf(right)]),
    ]);
    const isMirrored = tree.type.startsWith('Right');
    const [left, right] = isMirrored ? [tree.right, tree.left] : [tree.left, tree.right];
    const type = tree.type.replace(/^Right ?/, '') as JoinType | '';
    const set = new PathSet(useful);
    const inner = right.kind === 'scan' ? right.scan : undefined;
    const clauses = betweenOf(closureOf(tree.clauses), namesOf(left));
    const joined = (side: Tree): Joined => ({
      members: 0,
      rows: side.kind === 'scan' ? this.around.estimates.scanRows(side.scan) : side.rows,
      width: side.width,
      paths: this.around.paths(side, keys),
    });
    const options = {
      rows: tree.rows,
      outerScans: scansOf(left),
      clauses,
      inner,
      type: type === '' ? ('Left' as const) : type,
      filters: tree.filters,
    };
    for (const path of this.joins.pairs(joined(left), joined(right), options)) set.add(path);
    if (type === 'Semi' && tree.filters === 0 && left.kind === 'scan') {
      const unique = this.madeUnique(joined(right), tree, right);
      const turned = clauses.map((clause) => ({ left: clause.right, right: clause.left }));
      const asking = {
        ...options,
        outerScans: scansOf(right),
        clauses: turned,
        inner: left.scan,
        type: 'Inner' as const,
      };
      for (const path of this.joins.pairs(unique, joined(left), asking)) set.add(path);
    }
    return set.paths;
  }

  /** The sub-select drives: each of its values once. */
  private madeUnique(side: Joined, { clauses }: JoinTree, tree: Tree): Joined {
    const { cpuOperator, cpuTuple } = this.around.settings;
    const own = new Set(scansOf(tree).map(({ alias }) => alias));
    const ids = clauses
      .flatMap((clause) => [clause.left, clause.right])
      .filter(({ alias }) => own.has(alias))
      .map(idOf);
    const rows = Math.min(side.rows, this.distinctOf(tree, ids));
    const paths = side.paths.map((path) => {
      const total = path.total + cpuOperator * side.rows * ids.length + cpuTuple * rows;
      return { ...path, startup: total, total, rows, order: [] };
    });
    return { ...side, rows, paths };
  }
}

interface Search {
  readonly table: ReadonlyMap<number, Joined>;
  readonly leaves: readonly Tree[];
  readonly clauses: readonly Weighted[];
  readonly keys: ReadonlySet<string>;
  readonly factor: number;
}
