import { hashJoinCost, mergeJoinCost, nestedLoopCost } from '../cost/join-cost.js';
import { type CostSettings, distinctValues, type IndexShape } from '../facts.js';
import type { Access, Path } from './access.js';
import type { Estimates } from './estimates.js';
import { cheapest, groupedKeys, PathSet, sortedKeys } from './path-set.js';
import type { JoinClause, JoinType, OrderKey, Scan, Tree } from './tree.js';
import { namesOf, scansOf } from './tree-reader.js';

type JoinTree = Tree & { readonly kind: 'join' };

/** What a search for joins needs of its surroundings. */
interface Surroundings {
  readonly access: Access;
  readonly estimates: Estimates;
  readonly settings: CostSettings;
  proposedFor(scan: Scan): readonly IndexShape[];
  paths(tree: Tree, useful: ReadonlySet<string>): readonly Path[];
}

/** Beyond it only the order of the plan is tried. */
const MOST_RELATIONS = 7;

/** Some relations of a join, joined. */
interface Joined {
  readonly members: number;
  readonly rows: number;
  readonly width: number;
  readonly paths: readonly Path[];
}

/** Orders and methods of joins: all orders of inner joins, and the plan's own order around outer ones. */
export class JoinSearch {
  constructor(private readonly around: Surroundings) {}

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

  /** Values that the keys have together. */
  distinctOf(tree: Tree, ids: readonly string[]): number {
    const scans = scansOf(tree);
    return ids.map((id) => this.distinctBy(scans, id)).reduce((product, distinct) => product * distinct, 1);
  }

  private distinctBy(scans: readonly Scan[], id: string): number {
    const scan = scans.find(({ alias }) => id.startsWith(`${alias}.`));
    if (scan === undefined) return 200;
    const rows = this.around.estimates.tableRows(scan);
    const distinct = distinctValues(scan.table.columns.get(id.slice(scan.alias.length + 1)), rows);
    return Math.min(distinct, this.around.estimates.scanRows(scan));
  }

  /** Dynamic programming over sets of relations, as the planner does it. */
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
      for (const path of this.pairs(left, right, pair)) set.add(path);
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
    for (const path of this.pairs(joined(left), joined(right), options)) set.add(path);
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
      for (const path of this.pairs(unique, joined(left), asking)) set.add(path);
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

  private pairs(outer: Joined, inner: Joined, pair: Pair): Path[] {
    const bestInner = cheapest(inner.paths);
    const bestOuter = cheapest(outer.paths);
    if (bestInner === undefined || bestOuter === undefined) return [];
    const width = outer.width + inner.width;
    const loops = outer.paths.flatMap((path) => this.loopPaths(path, outer, bestInner, pair));
    return [
      ...loops,
      ...this.hashPaths(outer, inner, bestInner, pair),
      ...this.mergePaths(outer, inner, pair),
    ].map((path) => ({ ...path, rows: pair.rows, width }));
  }

  private loopPaths(path: Path, outer: Joined, bestInner: Path, pair: Pair): Path[] {
    const { settings } = this.around;
    const left = { ...path, rows: outer.rows };
    const share = pair.type === 'Semi' || pair.type === 'Anti' ? 0.5 : 1;
    const conditions = pair.clauses.length + pair.filters;
    const asked = this.askedPaths(outer, pair).flatMap((inner) => {
      const isOne = share < 1 && inner.rows > 1;
      const options = { rows: pair.rows, conditions: pair.filters, share: isOne ? 1 / inner.rows : 1 };
      const ways = share === 1 ? [inner, this.remembered(inner, outer, pair)] : [inner];
      return ways.map((way) => ({
        ...path,
        ...nestedLoopCost(left, way, options, settings),
        used: [...path.used, ...inner.used],
      }));
    });
    // Read once, then kept in memory.
    const again = 2 * settings.cpuOperator * bestInner.rows;
    const kept = { ...bestInner, startup: 0, total: again };
    const cost = nestedLoopCost(left, kept, { rows: pair.rows, conditions, share }, settings);
    const whole = { startup: cost.startup + bestInner.startup, total: cost.total + bestInner.total };
    return [...asked, { ...path, ...whole, used: [...path.used, ...bestInner.used] }];
  }

  /** Answers are kept for keys that come again (cost_memoize_rescan). */
  private remembered(inner: Path, outer: Joined, { clauses, outerScans }: Pair): Path {
    const { cpuOperator, cpuTuple } = this.around.settings;
    const distinct = clauses
      .map(({ left }) => this.distinctBy(outerScans, idOf(left)))
      .reduce((product, values) => product * values, 1);
    const calls = Math.max(1, outer.rows);
    const missRatio = Math.min(1, distinct / calls);
    const total =
      inner.total * missRatio +
      cpuOperator +
      cpuOperator * inner.rows +
      cpuTuple * missRatio * (1 + inner.rows);
    return { ...inner, startup: inner.startup * missRatio, total };
  }

  /** The inner table, asked by an index for each outer row. */
  private askedPaths(outer: Joined, { inner, clauses }: Pair): Path[] {
    if (inner === undefined || clauses.length === 0) return [];
    const bindings = clauses.map(({ right }) => ({ key: right.column }));
    const paths = this.around.access.boundPaths(inner, this.around.proposedFor(inner), {
      bindings: [...new Map(bindings.map((one) => [one.key, one])).values()],
      loops: Math.max(1, outer.rows),
    });
    const best = cheapest(paths.slice(1));
    return best === undefined ? [] : [best];
  }

  private hashPaths(outer: Joined, inner: Joined, bestInner: Path, pair: Pair): Path[] {
    if (pair.clauses.length === 0) return [];
    const { settings } = this.around;
    const distinct =
      pair.inner === undefined
        ? inner.rows
        : this.distinctOf(
            { kind: 'scan', scan: pair.inner } as Tree,
            pair.clauses.map(({ right }) => idOf(right)),
          );
    return outer.paths.map((path) => {
      const sides = [
        { ...path, rows: outer.rows, width: outer.width },
        { ...bestInner, rows: inner.rows, width: inner.width },
      ] as const;
      const options = { rows: pair.rows, conditions: pair.clauses.length, distinct };
      return {
        ...path,
        ...hashJoinCost(...sides, options, settings),
        order: [],
        used: [...path.used, ...bestInner.used],
      };
    });
  }

  private mergePaths(outer: Joined, inner: Joined, pair: Pair): Path[] {
    if (pair.clauses.length === 0) return [];
    const left = this.sortedSide(
      outer,
      pair.clauses.map((clause) => idOf(clause.left)),
    );
    const right = this.sortedSide(
      inner,
      pair.clauses.map((clause) => idOf(clause.right)),
    );
    return left.flatMap((one) =>
      right.map((other) => ({
        ...one,
        ...mergeJoinCost(one, other, pair.rows, this.around.settings),
        order: one.isSorted ? one.order : [],
        used: [...one.used, ...other.used],
      })),
    );
  }

  private sortedSide(side: Joined, ids: readonly string[]) {
    const wanted: OrderKey[] = ids.map((id) => ({ id, isDescending: false, isNullsFirst: false }));
    const sorted = side.paths
      .filter(
        ({ order }) =>
          sortedKeys(order, wanted.slice(0, 1)) === 1 || groupedKeys(order, wanted) >= wanted.length,
      )
      .map((path) => ({ ...path, rows: side.rows, width: side.width, isSorted: true }));
    const best = cheapest(side.paths);
    const unsorted =
      best === undefined ? [] : [{ ...best, rows: side.rows, width: side.width, isSorted: false }];
    return [...sorted, ...unsorted];
  }
}

/** A clause with the share of pairs that it leaves. */
interface Weighted extends JoinClause {
  share: number;
}

interface Search {
  readonly table: ReadonlyMap<number, Joined>;
  readonly leaves: readonly Tree[];
  readonly clauses: readonly Weighted[];
  readonly keys: ReadonlySet<string>;
  readonly factor: number;
}

interface Pair {
  readonly rows: number;
  readonly clauses: readonly JoinClause[];
  /** The inner side, when it is one table. */
  readonly inner: Scan | undefined;
  readonly type: JoinType;
  readonly filters: number;
  readonly outerScans: readonly Scan[];
}

/** Inputs of the inner joins below. */
function leavesOf({ left, right }: JoinTree): Tree[] {
  return [left, right].flatMap((side) => (isInnerJoin(side) ? leavesOf(side) : [side]));
}

function isInnerJoin(tree: Tree): tree is JoinTree {
  return tree.kind === 'join' && tree.type === 'Inner' && tree.subSelects.length === 0;
}

function clausesOf({ clauses, left, right }: JoinTree): JoinClause[] {
  return [...clauses, ...[left, right].filter(isInnerJoin).flatMap(clausesOf)];
}

/** All equalities that follow from those given. */
function closureOf(clauses: readonly JoinClause[]): Weighted[] {
  const classes: JoinClause['left'][][] = [];
  for (const { left, right } of clauses) {
    const touched = classes.filter((group) =>
      group.some((ref) => idOf(ref) === idOf(left) || idOf(ref) === idOf(right)),
    );
    const merged = new Map([...touched.flat(), left, right].map((ref) => [idOf(ref), ref]));
    for (const group of touched) classes.splice(classes.indexOf(group), 1);
    classes.push([...merged.values()]);
  }
  return classes.flatMap((group) =>
    group.flatMap((left, at) =>
      group.slice(at + 1).flatMap((right) => (left.alias === right.alias ? [] : [{ left, right, share: 1 }])),
    ),
  );
}

/** Clauses that are independent of each other: a circle says nothing new when it closes. */
function spanning(clauses: readonly Weighted[]): Weighted[] {
  const group = new Map<string, string>();
  const rootOf = (id: string): string => {
    const parent = group.get(id);
    return parent === undefined || parent === id ? id : rootOf(parent);
  };
  return clauses
    .toSorted((one, other) => one.share - other.share)
    .filter(({ left, right }) => {
      const [one, other] = [rootOf(idOf(left)), rootOf(idOf(right))];
      group.set(one, other);
      return one !== other;
    });
}

/** Clauses between the two sides, their left at the outer one. */
function betweenOf(clauses: readonly JoinClause[], outer: ReadonlySet<string>): JoinClause[] {
  return clauses.flatMap((clause) => {
    const [isLeft, isRight] = [outer.has(clause.left.alias), outer.has(clause.right.alias)];
    if (isLeft === isRight) return [];
    return isLeft ? [clause] : [{ left: clause.right, right: clause.left }];
  });
}

function aliasesOf(members: number, leaves: readonly Tree[]): Set<string> {
  const inside = leaves.filter((_, index) => members & (1 << index));
  return new Set(inside.flatMap((leaf) => [...namesOf(leaf)]));
}

function scansIn(members: number, leaves: readonly Tree[]): Scan[] {
  return leaves.filter((_, index) => members & (1 << index)).flatMap(scansOf);
}

function singleScan(members: number, leaves: readonly Tree[]): Scan | undefined {
  const inside = leaves.filter((_, index) => members & (1 << index));
  const [only] = inside;
  return inside.length === 1 && only?.kind === 'scan' && only.subSelects.length === 0 ? only.scan : undefined;
}

function idOf({ alias, column }: JoinClause['left']): string {
  return `${alias}.${column}`;
}
