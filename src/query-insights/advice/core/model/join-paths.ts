import { hashJoinCost, mergeJoinCost, nestedLoopCost } from '../cost/join-cost.js';
import { type CostSettings, distinctValues, type IndexShape } from '../facts.js';
import type { Access, Path } from './access.js';
import type { Estimates } from './estimates.js';
import { idOf } from './join-clauses.js';
import { cheapest, groupedKeys, sortedKeys } from './path-set.js';
import type { JoinClause, JoinType, OrderKey, Scan, Tree } from './tree.js';
import { scansOf } from './tree-walk.js';

/** What a search for joins needs of its surroundings. */
export interface Surroundings {
  readonly access: Access;
  readonly estimates: Estimates;
  readonly settings: CostSettings;
  proposedFor(scan: Scan): readonly IndexShape[];
  paths(tree: Tree, useful: ReadonlySet<string>): readonly Path[];
}

/** Some relations of a join, joined. */
export interface Joined {
  readonly members: number;
  readonly rows: number;
  readonly width: number;
  readonly paths: readonly Path[];
}

export interface Pair {
  readonly rows: number;
  readonly clauses: readonly JoinClause[];
  /** The inner side, when it is one table. */
  readonly inner: Scan | undefined;
  readonly type: JoinType;
  readonly filters: number;
  readonly outerScans: readonly Scan[];
}

/** Methods by which two inputs are joined. */
export class JoinPaths {
  constructor(private readonly around: Surroundings) {}

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

  /** All of them; the first of the sides drives. */
  pairs(outer: Joined, inner: Joined, pair: Pair): Path[] {
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
