import { sortCost } from '../cost/scan-cost.js';
import type { CostSettings, IndexShape } from '../facts.js';
import type { Access, Path } from './access.js';
import type { Estimates } from './estimates.js';
import { JoinSearch } from './join-search.js';
import { cheapest, groupedKeys, PathSet, sortedKeys } from './path-set.js';
import type { OrderKey, Scan, Tree } from './tree.js';
import { isLocal } from './tree-walk.js';

type TreeOf<Kind extends Tree['kind']> = Tree & { readonly kind: Kind };

/**
 * Plans a statement again, under indexes that do not exist: with the formulas of PostgreSQL, for the choices that
 * indexes change (how tables are read, in which order they are joined, what need not be sorted).
 */
export class PathFinder {
  private readonly joins: JoinSearch;

  constructor(
    private readonly access: Access,
    estimates: Estimates,
    private readonly settings: CostSettings,
    private readonly proposed: ReadonlyMap<string, readonly IndexShape[]>,
  ) {
    this.joins = new JoinSearch({
      access,
      estimates,
      settings,
      proposedFor: (scan) => this.proposedFor(scan),
      paths: (tree, useful) => this.paths(tree, useful, undefined),
    });
  }

  /** The cheapest way, and the proposed indexes that it uses. */
  best(tree: Tree): Path | undefined {
    return cheapest(this.paths(tree, new Set(), undefined));
  }

  private proposedFor(scan: Scan): readonly IndexShape[] {
    return this.proposed.get(scan.table.rootOid ?? scan.table.oid) ?? [];
  }

  private paths(tree: Tree, useful: ReadonlySet<string>, fetched: number | undefined): readonly Path[] {
    const found = this.pathsOf(tree, useful, fetched);
    const selects = tree.subSelects.map(({ tree: select, loops }) => ({ path: this.best(select), loops }));
    const extra = selects.reduce((sum, { path, loops }) => sum + (path?.total ?? 0) * loops, 0);
    const used = selects.flatMap(({ path }) => path?.used ?? []);
    return extra === 0
      ? found
      : found.map((path) => ({ ...path, total: path.total + extra, used: [...path.used, ...used] }));
  }

  private pathsOf(tree: Tree, useful: ReadonlySet<string>, fetched: number | undefined): readonly Path[] {
    switch (tree.kind) {
      case 'scan':
        return this.kept(this.access.paths(tree.scan, this.proposedFor(tree.scan)), useful);
      case 'join':
        return this.joins.paths(tree, useful);
      case 'sort':
        return this.sortPaths(tree, fetched);
      case 'limit':
        return this.limitPaths(tree);
      case 'group':
        return this.groupPaths(tree, useful);
      case 'other':
        return this.otherPaths(tree, useful, fetched);
    }
  }

  private kept(paths: readonly Path[], useful: ReadonlySet<string>): readonly Path[] {
    const set = new PathSet(useful);
    for (const path of paths) set.add(path);
    return set.paths;
  }

  private sortPaths(
    { keys, input, width, rows }: TreeOf<'sort'>,
    fetched: number | undefined,
  ): readonly Path[] {
    const wanted = keys.filter(({ id }) => !isFixed(input, id));
    const inputs = this.paths(input, new Set(wanted.map(({ id }) => id)), undefined);
    return inputs.map((path) => {
      const sorted = sortedKeys(path.order, wanted);
      if (sorted === wanted.length) return path;
      const cost = sortCost(
        path,
        path.rows,
        { width, ...(fetched !== undefined && { fetched }) },
        this.settings,
      );
      const whole = { ...path, ...cost, order: keys, rows };
      if (sorted === 0) return whole;
      const partly = this.incremental(path, { keys, sorted: wanted.slice(0, sorted), width, input });
      return partly.startup < whole.startup || partly.total < whole.total ? partly : whole;
    });
  }

  /** cost_incremental_sort: groups of equal first keys are sorted one by one. */
  private incremental(path: Path, sort: Incremental): Path {
    const distinct = this.joins.distinctOf(
      sort.input,
      sort.sorted.map(({ id }) => id),
    );
    const groups = Math.max(1, Math.min(path.rows, distinct));
    const each = path.rows / groups;
    const share = 1 / groups;
    const run = path.total - path.startup;
    const group = sortCost({ startup: 0, total: run * share }, each, { width: sort.width }, this.settings);
    const startup = path.startup + group.startup;
    const total =
      path.startup +
      group.total * groups +
      this.settings.cpuTuple * path.rows +
      2 * this.settings.cpuTuple * groups;
    return { ...path, startup, total, order: sort.keys };
  }

  private limitPaths({ input, fetched, rows }: TreeOf<'limit'>): readonly Path[] {
    return this.paths(input, new Set(), fetched).map((path) => {
      const share = Math.min(1, fetched / Math.max(1, path.rows));
      return { ...path, total: path.startup + (path.total - path.startup) * share, rows };
    });
  }

  private groupPaths(tree: TreeOf<'group'>, useful: ReadonlySet<string>): readonly Path[] {
    const { keys, input, rows, width, aggregates } = tree;
    const wanted = keys.filter(({ id }) => !isFixed(input, id));
    const inner = new Set([...useful, ...wanted.map(({ id }) => id)]);
    const { cpuOperator, cpuTuple } = this.settings;
    const each = cpuOperator * (keys.length + aggregates);
    const grouped = this.paths(bareSort(input), inner, undefined).flatMap((path): Path[] => {
      const work = each * path.rows + (cpuTuple + cpuOperator * aggregates) * rows;
      if (keys.length === 0)
        return [{ ...path, startup: path.total + work, total: path.total + work, rows, width, order: [] }];
      const hashed = {
        ...path,
        startup: path.total + work,
        total: path.total + work,
        rows,
        width,
        order: [],
      };
      if (groupedKeys(path.order, wanted) < wanted.length)
        return [hashed, ...this.sortedGroups(path, tree, work)];
      return [{ ...path, total: path.total + work, rows, width }, hashed];
    });
    return this.kept([...grouped, ...this.extremePaths(tree)], useful);
  }

  private sortedGroups(path: Path, { keys, input, rows, width }: TreeOf<'group'>, work: number): Path[] {
    const cost = sortCost(path, path.rows, { width: input.width }, this.settings);
    return [{ ...path, startup: cost.startup, total: cost.total + work, rows, width, order: keys }];
  }

  /** min() and max() read one row each when an index has the order. */
  private extremePaths({ extremes, input, rows, width }: TreeOf<'group'>): Path[] {
    if (extremes.length === 0 || bareSort(input).kind !== 'scan') return [];
    const firsts = extremes.map((key) => {
      const anyNulls = [key, { ...key, isNullsFirst: !key.isNullsFirst }];
      const paths = this.paths(bareSort(input), new Set([key.id]), undefined).filter(({ order }) =>
        anyNulls.some((one) => sortedKeys(order, [one]) === 1),
      );
      return cheapest(
        paths.map((path) => ({
          ...path,
          total: path.startup + (path.total - path.startup) / Math.max(1, path.rows),
        })),
      );
    });
    if (!firsts.every((path) => path !== undefined)) return [];
    const total = firsts.reduce((sum, path) => sum + path.total, 0);
    return [{ startup: total, total, rows, width, order: [], used: firsts.flatMap(({ used }) => used) }];
  }

  private otherPaths(
    tree: TreeOf<'other'>,
    useful: ReadonlySet<string>,
    fetched: number | undefined,
  ): readonly Path[] {
    const { inputs, extra, rows, width, keepsOrder } = tree;
    const [only] = inputs;
    const ownExtra = Math.max(0, extra - this.subSelectCost(tree));
    if (inputs.length === 1 && only !== undefined) {
      return this.paths(only, useful, keepsOrder ? fetched : undefined).map((path) => ({
        ...path,
        total: path.total + ownExtra,
        startup: keepsOrder ? path.startup : path.total,
        order: keepsOrder ? path.order : [],
        rows,
        width,
      }));
    }
    return this.appended(tree, ownExtra, useful);
  }

  /** The sub-selects as they were in the plan are a part of what the node cost. */
  private subSelectCost({ subSelects }: Tree): number {
    return subSelects.reduce((sum, { loops, planCost }) => sum + loops * planCost, 0);
  }

  /** Parts one after the other; in an order when each has it. */
  private appended(
    { inputs, rows, width }: TreeOf<'other'>,
    extra: number,
    useful: ReadonlySet<string>,
  ): Path[] {
    const parts = inputs.map((input) => this.paths(input, everyAlias(useful, inputs), undefined));
    const best = parts.map((paths) => cheapest(paths)).filter((path) => path !== undefined);
    const total = best.reduce((sum, path) => sum + path.total, extra);
    return [{ startup: 0, total, rows, width, order: [], used: best.flatMap(({ used }) => used) }];
  }
}

interface Incremental {
  readonly keys: readonly OrderKey[];
  readonly sorted: readonly OrderKey[];
  readonly width: number;
  readonly input: Tree;
}

/** A sort below a grouping is the grouping's own. */
function bareSort(tree: Tree): Tree {
  return tree.kind === 'sort' ? tree.input : tree;
}

/** The key has one value in all rows of the input. */
function isFixed(tree: Tree, id: string): boolean {
  if (tree.kind === 'other')
    return tree.inputs.length === 1 && tree.inputs.every((input) => isFixed(input, id));
  if (tree.kind === 'join')
    return tree.type === 'Inner' && (isFixed(tree.left, id) || isFixed(tree.right, id));
  if (tree.kind !== 'scan') return isFixed(tree.input, id);
  const { scan } = tree;
  return scan.qualifiers.some(
    (one) =>
      one.kind === 'equal' &&
      one.values === 1 &&
      isLocal(one, scan) &&
      `${scan.alias}.${one.keys[0]?.id ?? ''}` === id,
  );
}

function everyAlias(useful: ReadonlySet<string>, inputs: readonly Tree[]): ReadonlySet<string> {
  const names = [...useful].map((id) => id.slice(id.indexOf('.') + 1));
  const aliases = inputs.flatMap((input) => (input.kind === 'scan' ? [input.scan.alias] : []));
  return new Set(aliases.flatMap((alias) => names.map((name) => `${alias}.${name}`)));
}
