import { isDeepStrictEqual } from 'node:util';

/** The model knows nothing of the code it judges: it is written from the description of layouts alone. */
export interface ModelRegion {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly kind: string;
  readonly content: object;
}

/** What an editor asks for. */
export type LayoutWish =
  | { readonly kind: 'create'; readonly region: ModelRegion }
  | {
      readonly kind: 'update';
      readonly regionId: string;
      readonly version?: number | undefined;
      readonly fields: Partial<ModelRegion>;
    }
  | { readonly kind: 'delete'; readonly regionId: string; readonly version?: number | undefined }
  | { readonly kind: 'undo'; readonly before?: number | undefined }
  | { readonly kind: 'redo' };

/** A row of layout_operations. */
export interface LoggedOperation {
  readonly number: number;
  readonly actor: string;
  readonly kind: string;
  readonly takesBack: number | null;
  readonly takenBackBy: number | null;
  readonly changes: readonly LoggedChange[];
}

export interface LoggedChange {
  readonly regionId: string;
  readonly before: ModelRegion | null;
  readonly after: ModelRegion | null;
}

export interface ModelGrid {
  readonly columns: number;
  readonly rows: number;
  readonly mostRegions: number;
}

/** Regions at one moment, by id, with the number of the operation that changed each last. */
export type Board = ReadonlyMap<string, { readonly region: ModelRegion; readonly version: number }>;

/** What becomes of a wish on a board: changes, or the code of the refusal. */
export type Expected =
  | {
      readonly changes: readonly {
        readonly regionId: string | undefined;
        readonly after: ModelRegion | null;
      }[];
      readonly takesBack: number | null;
    }
  | { readonly code: string };

/** A moment: the board, and what was done until then. */
export interface Moment {
  readonly board: Board;
  readonly operations: readonly LoggedOperation[];
}

/** What must come of `wish` at that moment. */
export function expectedOf(grid: ModelGrid, moment: Moment, actor: string, wish: LayoutWish): Expected {
  const expected = plan(moment, actor, wish);
  if ('code' in expected || expected.changes.length === 0) return expected;
  const code = faultOf(grid, apply(moment.board, expected.changes, 0));
  return code === undefined ? expected : { code };
}

/** Why regions cannot lie like this; undefined: they can. */
export function faultOf({ columns, rows, mostRegions }: ModelGrid, board: Board): string | undefined {
  const regions = [...board.values()].map(({ region }) => region);
  if (regions.length > mostRegions) return 'LAYOUT_FULL';
  const isOutside = regions.some((one) => one.x + one.width > columns || one.y + one.height > rows);
  if (isOutside) return 'LAYOUT_REGION_OUTSIDE';
  const cells = regions.flatMap(cellsOf);
  return new Set(cells).size < cells.length ? 'LAYOUT_REGION_OVERLAP' : undefined;
}

function cellsOf({ x, y, width, height }: ModelRegion): string[] {
  return Array.from(
    { length: width * height },
    (_, cell) => `${x + (cell % width)}:${y + Math.floor(cell / width)}`,
  );
}

/** The board after changes; a region without an id is one that is made. */
export function apply(
  board: Board,
  changes: readonly { readonly regionId: string | undefined; readonly after: ModelRegion | null }[],
  version: number,
): Board {
  const next = new Map(board);
  for (const { regionId = 'new', after } of changes) {
    if (after === null) next.delete(regionId);
    else next.set(regionId, { region: after, version });
  }
  return next;
}

function plan({ board, operations }: Moment, actor: string, wish: LayoutWish): Expected {
  if (wish.kind === 'create') {
    return { changes: [{ regionId: undefined, after: wish.region }], takesBack: null };
  }
  if (wish.kind === 'undo') return takeBack(board, undoable(operations, actor, wish.before));
  if (wish.kind === 'redo') return takeBack(board, redoable(operations, actor));
  const { regionId } = wish;
  const found = board.get(regionId);
  if (found === undefined) return { code: 'LAYOUT_REGION_NOT_FOUND' };
  if (wish.version !== undefined && wish.version !== found.version)
    return { code: 'LAYOUT_VERSION_CONFLICT' };
  if (wish.kind === 'delete') return { changes: [{ regionId, after: null }], takesBack: null };
  const after = { ...found.region, ...wish.fields };
  return { changes: isDeepStrictEqual(after, found.region) ? [] : [{ regionId, after }], takesBack: null };
}

/** The newest step of one's own that still stands. */
function undoable(
  operations: readonly LoggedOperation[],
  actor: string,
  before = Infinity,
): LoggedOperation | undefined {
  return standing(operations).findLast(
    (one) => one.actor === actor && one.kind !== 'undo' && one.number < before,
  );
}

/** The newest undo of one's own that still stands, when one has done nothing else since. */
function redoable(operations: readonly LoggedOperation[], actor: string): LoggedOperation | undefined {
  const undo = standing(operations).findLast((one) => one.actor === actor && one.kind === 'undo');
  const isOver = operations.some(
    (one) => one.actor === actor && one.number > (undo?.number ?? 0) && !['undo', 'redo'].includes(one.kind),
  );
  return isOver ? undefined : undo;
}

/** Operations that were not taken back by then: what the log says of later times does not count. */
function standing(operations: readonly LoggedOperation[]): LoggedOperation[] {
  const takenBack = new Set(operations.map(({ takesBack }) => takesBack));
  return operations.filter(({ number }) => !takenBack.has(number));
}

/** Fields that the operation changed get their old values, when nobody has changed them since; others stay. */
function takeBack(board: Board, operation: LoggedOperation | undefined): Expected {
  if (operation === undefined) return { code: 'LAYOUT_NOTHING_TO_UNDO' };
  const changes: { regionId: string; after: ModelRegion | null }[] = [];
  for (const { regionId, before, after } of operation.changes) {
    const now = board.get(regionId)?.region;
    const restored = restore(now ?? null, after, before);
    if (restored === undefined) return { code: 'LAYOUT_UNDO_CONFLICT' };
    changes.push({ regionId, after: restored });
  }
  return { changes, takesBack: operation.number };
}

function restore(
  now: ModelRegion | null,
  from: ModelRegion | null,
  to: ModelRegion | null,
): ModelRegion | null | undefined {
  if (from === null || to === null || now === null) return isDeepStrictEqual(now, from) ? to : undefined;
  const restored: Record<string, unknown> = { ...now };
  for (const [field, value] of Object.entries(to) as [keyof ModelRegion, unknown][]) {
    if (isDeepStrictEqual(value, from[field])) continue;
    if (!isDeepStrictEqual(now[field], from[field])) return undefined;
    restored[field] = value;
  }
  return restored as unknown as ModelRegion;
}
