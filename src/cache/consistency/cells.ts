/**
 * What an invalidation is about is a NAME: `*` (everything), `e:<entity>`, `e:<entity>:<id>`, `t:<tag>`, and
 * `k:<key>` for values computed from that key. Names are hashed into a fixed number of cells, so that what is
 * remembered of invalidations is bounded whatever is invalidated. Two names in one cell cost a reload once in a
 * while; they never make a stale value look valid.
 */
const NAME_CELLS = 131_072;
/** Keys have cells of their own: they are invalidated far more often, and would collide with everything else. */
const KEY_CELLS = 65_536;

/** The cell of `*`. */
export const EVERYTHING = NAME_CELLS + KEY_CELLS;

/** Cells in all. */
export const CELL_COUNT = EVERYTHING + 1;

const COLON = 58;

/** The cell of a name. All processes of a namespace must agree on it: the scheme is part of the Redis keys. */
export function cellOf(name: string): number {
  if (name === '*') return EVERYTHING;
  const isKey = name.charCodeAt(0) === 107;
  const mixed = finish(
    hash(name, 2, name.length, isKey ? KEY_SEED : name.charCodeAt(0) === 101 ? ENTITY_SEED : TAG_SEED),
  );
  return isKey ? NAME_CELLS + (mixed & (KEY_CELLS - 1)) : mixed & (NAME_CELLS - 1);
}

/** The cells of `e:<entity>` and `e:<entity>:<id>` of a key, read from its text. */
export function structuralCells(key: string): readonly [entity: number, id: number] {
  const first = colonFrom(key, 0);
  const entityHash = hash(key, 0, first, ENTITY_SEED);
  const entity = finish(entityHash) & (NAME_CELLS - 1);
  if (first === key.length) return [entity, entity];
  const second = colonFrom(key, first + 1);
  return [entity, finish(hash(key, first, second, entityHash)) & (NAME_CELLS - 1)];
}

function colonFrom(text: string, start: number): number {
  for (let index = start; index < text.length; index += 1) if (text.charCodeAt(index) === COLON) return index;
  return text.length;
}

const TAG_SEED = 0x811c9dc5;
const ENTITY_SEED = 0x01234567;
const KEY_SEED = 0x3c6ef372;

/** FNV-1a over UTF-16 units (Fowler, Noll, Vo), 32 bits. */
function hash(text: string, start: number, end: number, seed: number): number {
  let value = seed;
  for (let index = start; index < end; index += 1)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value;
}

/** The finaliser of MurmurHash3: FNV alone is weak in its low bits. */
function finish(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
