import {
  bitmapScanCost,
  type Cost,
  indexCost,
  indexScanCost,
  type IndexUse,
  seqScanCost,
} from '../cost/scan-cost.js';
import { heightOf, type TreeSize, treeSize } from '../cost/pages.js';
import { type CostSettings, distinctValues, type IndexShape } from '../facts.js';
import type { Qualifier } from '../plan/qualifier.js';
import type { Estimates } from './estimates.js';
import {
  type Asked,
  type BitmapPart,
  type Context,
  hasClass,
  nameOf,
  isCovered,
  isExisting,
  orderOf,
  reversed,
  serves,
  type Binding,
  type Use,
  usedOf,
} from './index-use.js';
import { implies } from './predicate.js';
import type { OrderKey, Scan } from './tree.js';
import { isLocal } from './tree-walk.js';

/** A way to compute something. */
export interface Path extends Cost {
  readonly rows: number;
  readonly width: number;
  readonly order: readonly OrderKey[];
  /** Proposed indexes that it stands on. */
  readonly used: readonly IndexShape[];
}

/** How a table is reached: all its paths under some indexes. */
export class Access {
  private readonly sizes = new WeakMap<IndexShape, Map<number, TreeSize>>();

  constructor(
    private readonly estimates: Estimates,
    private readonly settings: CostSettings,
  ) {}

  /** Paths of a scan that stands by itself. */
  paths(scan: Scan, proposed: readonly IndexShape[]): Path[] {
    return this.boundPaths(scan, proposed, { bindings: [], loops: 1 });
  }

  /** Paths of a scan that gets values for `bindings` from outside, `loops` times. */
  boundPaths(scan: Scan, proposed: readonly IndexShape[], asked: Asked): Path[] {
    const local = scan.qualifiers.filter((one) => isLocal(one, scan));
    const rows = this.rowsOf(scan, asked.bindings);
    const context: Context = { scan, asked, local, rows };
    const shapes = [...scan.table.indexes.filter(({ isValid }) => isValid), ...proposed];
    const uses = shapes.flatMap((shape) => this.useOf(shape, context) ?? []);
    const sequential: Path = {
      ...seqScanCost(scan.table, local.length, this.settings),
      ...this.common(context),
      order: [],
      used: [],
    };
    return [
      sequential,
      ...uses.flatMap((use) => this.pathsOf(use, context)),
      ...this.combined(context, shapes),
    ];
  }

  rowsOf(scan: Scan, bindings: readonly Binding[]): number {
    const shares = bindings.map(({ key }) => this.bindingShare(scan, key));
    return shares.reduce((product, share) => product * share, this.estimates.scanRows(scan));
  }

  sizeOf(scan: Scan, shape: IndexShape): TreeSize {
    const byScan = this.sizes.get(shape) ?? new Map<number, TreeSize>();
    this.sizes.set(shape, byScan);
    const known = byScan.get(scan.id);
    if (known !== undefined) return known;
    const size = isExisting(shape)
      ? { pages: shape.pages, tuples: Math.max(1, scan.table.rows), height: heightOf(shape.pages) }
      : treeSize(scan.table, shape, this.predicateShare(scan, shape));
    byScan.set(scan.id, size);
    return size;
  }

  private predicateShare(scan: Scan, { predicate }: IndexShape): number {
    const served = scan.qualifiers.filter((one) => predicate !== undefined && implies([one], predicate));
    return served.length === 0 ? 1 : this.estimates.share(scan, served);
  }

  private bindingShare(scan: Scan, key: string): number {
    const column = scan.table.columns.get(key);
    return (1 - (column?.nullShare ?? 0)) / distinctValues(column, this.estimates.tableRows(scan));
  }

  private common({ scan, rows }: Context) {
    return { rows: Math.max(rows, 1e-6), width: scan.node['Plan Width'] };
  }

  private useOf(shape: IndexShape, context: Context): Use | undefined {
    if (shape.predicate !== undefined && !implies(context.local, shape.predicate)) return undefined;
    return shape.method === 'btree'
      ? this.treeUse(shape, context, context.local)
      : this.searchUse(shape, context);
  }

  /** What a b-tree does for the conditions: as many keys as are fixed, then one range. */
  private treeUse(shape: IndexShape, context: Context, qualifiers: readonly Qualifier[]): Use | undefined {
    const { scan, asked } = context;
    const served: Qualifier[] = [];
    const fixed: number[] = [];
    const shares = { bound: 1, index: this.predicateShare(scan, shape), descents: 1, bindings: 0 };
    let isBounding = true;
    for (const [position, key] of shape.keys.entries()) {
      const here = qualifiers.filter((one) => serves(one, key, position, shape));
      const found = this.keyUse(
        scan,
        shape,
        here,
        asked.bindings.find((one) => one.key === nameOf(key)),
      );
      shares.index *= found.share;
      shares.bindings += found.isBound ? 1 : 0;
      shares.bound *= isBounding ? found.share : 1;
      shares.descents *= isBounding ? found.values : 1;
      served.push(...found.used);
      if (found.isFixed && found.values === 1) fixed.push(position);
      isBounding &&= found.isFixed;
    }
    return { shape, served, fixed, ...shares, isSorted: shares.descents === 1 || !isBounding };
  }

  /** What the conditions on one key do. */
  private keyUse(scan: Scan, shape: IndexShape, here: readonly Qualifier[], binding: Binding | undefined) {
    const equal = here.find(({ kind }) => kind === 'equal' || kind === 'null');
    const isBound = equal === undefined && binding !== undefined;
    const used = equal === undefined ? here : [equal];
    // What the predicate of a partial index says of all its rows selects none of them.
    const selecting = used.filter((one) => shape.predicate === undefined || !implies([one], shape.predicate));
    const share = isBound ? this.bindingShare(scan, binding.key) : this.estimates.share(scan, selecting);
    return { used, share, isBound, isFixed: isBound || equal !== undefined, values: equal?.values ?? 1 };
  }

  private searchUse(shape: IndexShape, context: Context): Use | undefined {
    const served = context.local.filter((one) => {
      const isEqual = shape.method === 'hash' && one.kind === 'equal';
      const isSearch = one.kind === 'search' && one.method === shape.method && hasClass(shape, one);
      return (
        (isEqual || isSearch) && shape.keys.some((key) => (key.column ?? key.expression) === one.keys[0]?.id)
      );
    });
    if (served.length === 0) return undefined;
    const share = this.estimates.share(context.scan, served);
    return {
      shape,
      served,
      fixed: [],
      bound: share,
      index: share,
      descents: 1,
      bindings: 0,
      isSorted: false,
    };
  }

  private pathsOf(use: Use, context: Context): Path[] {
    const { scan } = context;
    const described = this.describe(use, context);
    const bitmap = this.bitmap([{ use, described }], context, use.index);
    if (use.shape.method !== 'btree') return [bitmap];
    const path: Path = {
      ...indexScanCost(described, this.settings),
      ...this.common(context),
      order: use.isSorted ? orderOf(use, scan.alias) : [],
      used: usedOf(use.shape),
    };
    const hasConditions = use.served.length > 0 || use.bindings > 0 || use.shape.predicate !== undefined;
    const backward = { ...path, order: path.order.map(reversed) };
    return hasConditions ? [path, backward, bitmap] : [path, backward];
  }

  private describe(use: Use, { scan, asked, local }: Context): IndexUse {
    const { shape } = use;
    const size = this.sizeOf(scan, shape);
    const held = new Set([...shape.keys.flatMap(({ column }) => column ?? []), ...shape.include]);
    const partial = this.predicateShare(scan, shape);
    const [first] = shape.keys;
    const correlation = scan.table.columns.get(first?.column ?? '')?.correlation ?? 0;
    return {
      table: { ...scan.table, rows: this.estimates.tableRows(scan) },
      size,
      boundShare: Math.min(1, use.bound),
      indexShare: Math.min(partial, use.index),
      descents: use.descents,
      conditions: use.served.length + use.bindings,
      filters: local.filter((one) => !use.served.includes(one)).length,
      correlation: shape.keys.length > 1 ? correlation * 0.75 : correlation,
      isIndexOnly: shape.method === 'btree' && isCovered(scan, held),
      loops: asked.loops,
    };
  }

  private bitmap(parts: readonly BitmapPart[], context: Context, share: number): Path {
    const { scan, asked, local } = context;
    const rows = Math.max(1, share * this.estimates.tableRows(scan));
    const indexTotal = parts.reduce((sum, { use, described }) => sum + this.indexTotal(use, described), 0);
    const cost = bitmapScanCost(
      {
        table: scan.table,
        indexTotal,
        rows,
        filters: local.length + asked.bindings.length,
        loops: asked.loops,
        indexPages: parts.reduce((sum, { described }) => sum + described.size.pages, 0),
      },
      this.settings,
    );
    return {
      ...cost,
      ...this.common(context),
      order: [],
      used: parts.flatMap(({ use }) => usedOf(use.shape)),
    };
  }

  private indexTotal(use: Use, described: IndexUse): number {
    if (use.shape.method === 'btree') return indexCost(described, this.settings).total;
    // GIN reads a few pages for each thing that is looked for, then lists of rows (gincostestimate).
    const entries = described.indexShare * described.table.rows;
    const pages = use.shape.method === 'gin' ? 4 + entries / 1_000 : 2 + entries / 50;
    return pages * this.settings.randomPage + entries * this.settings.cpuIndexTuple;
  }

  /** ORs whose every alternative has an index of its own. */
  private combined(context: Context, shapes: readonly IndexShape[]): Path[] {
    const ors = context.local.filter(({ kind }) => kind === 'or');
    return ors.flatMap((or) => {
      const parts = or.arms.map((arm) => this.cheapestPart(arm, context, shapes));
      if (parts.length === 0 || !parts.every((part) => part !== undefined)) return [];
      const share = Math.min(1, this.estimates.share(context.scan, [or]));
      return [this.bitmap(parts, context, share)];
    });
  }

  private cheapestPart(
    arm: readonly Qualifier[],
    context: Context,
    shapes: readonly IndexShape[],
  ): BitmapPart | undefined {
    const others = context.local.filter(({ kind }) => kind !== 'or');
    const parts = shapes.flatMap((shape) => {
      if (shape.predicate !== undefined && !implies([...arm, ...others], shape.predicate)) return [];
      const inArm = { ...context, local: [...arm, ...others] };
      const use =
        shape.method === 'btree' ? this.treeUse(shape, inArm, inArm.local) : this.searchUse(shape, inArm);
      if (!use?.served.some((one) => arm.includes(one)) || use.bound >= 1) return [];
      return [{ use, described: this.describe(use, inArm) }];
    });
    const costs = parts.map((part) => this.indexTotal(part.use, part.described));
    return parts[costs.indexOf(Math.min(...costs))];
  }
}
