import type { EvictionPolicy } from './eviction-policy.js';
import { Lru } from './lru.js';
import { S3Fifo } from './s3-fifo.js';
import { TimeUnits } from './time-units.js';

const LAST_TICK = 2 ** 32 - 1;
/** What a column of 4 bytes can count. */
const MOST_BYTES = 2 ** 32 - 1;
const FIRST_CAPACITY = 64;
/** A single entry may take this share of the bytes. */
const LARGEST_SHARE = 0.1;

/** An entry of this process. Times are ms on the monotonic clock. */
export interface LocalEntry {
  /** Resolved with the value. */
  readonly promise: Promise<unknown>;
  /** Of key and value. */
  readonly bytes: number;
  readonly bornAtMs: number;
  /** From when on a reader refreshes it, from when on it is stale, from when on it is not answered at all. */
  readonly refreshAtMs: number;
  readonly staleAtMs: number;
  readonly deadAtMs: number;
  /** Local invalidations up to this number do not concern it. */
  readonly tick: number;
  /** Cells of its tags and dependencies. */
  readonly cells?: readonly number[];
}

/** Bounds of a store. */
export interface LocalStoreOptions {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly policy: 's3-fifo' | 'lru';
  /** Called with each key that had to make room. */
  readonly onEvict?: (key: string) => void;
}

/**
 * The tier in the process: entries in columns, some 80 bytes each beside key, value and promise. Grows by need and
 * never beyond its bounds. Wants whole, not negative `bytes`, and ticks that never go back.
 */
export class LocalStore {
  private readonly slots = new Map<string, number>();
  private readonly policy: EvictionPolicy;
  private readonly free: number[] = [];
  private readonly keyOf = (slot: number): string => this.keyColumn[slot] ?? '';
  private keyColumn: Column<string> = [];
  private promises: Column<Promise<unknown>> = [];
  /** Empty until an entry has cells; a single cell, as most have, stands without its array. */
  private cells: Column<number | readonly number[]> = [];
  private born = new Uint32Array(0);
  private refresh = new Uint32Array(0);
  private stale = new Uint32Array(0);
  private dead = new Uint32Array(0);
  private ticks = new Uint32Array(0);
  private sizes = new Uint32Array(0);
  private capacity = 0;
  /** Of the time columns. */
  private readonly units = new TimeUnits();
  /** Zero of the tick column. */
  private baseTick = 0;
  private heldBytes = 0;

  constructor(private readonly options: LocalStoreOptions) {
    this.policy = options.policy === 'lru' ? new Lru() : new S3Fifo();
  }

  get size(): number {
    return this.slots.size;
  }

  /** Of all keys and values. */
  get bytes(): number {
    return this.heldBytes;
  }

  /** The hot path: the value of an entry that needs no look at its names or times. Counts as a use. */
  hit(key: string, nowMs: number, tick: number): Promise<unknown> | undefined {
    const slot = this.slots.get(key);
    if (slot === undefined || this.ticks[slot] !== tick - this.baseTick) return undefined;
    if (this.units.exact(nowMs) >= (this.refresh[slot] ?? 0)) return undefined;
    this.policy.touched(slot);
    return this.promises[slot];
  }

  /** An entry as it is. Counts as a use when `isUse`. */
  find(key: string, isUse = true): LocalEntry | undefined {
    const slot = this.slots.get(key);
    const promise = slot === undefined ? undefined : this.promises[slot];
    if (slot === undefined || promise === undefined) return undefined;
    if (isUse) this.policy.touched(slot);
    const cells = this.cells[slot];
    return {
      promise,
      bytes: this.sizes[slot] ?? 0,
      bornAtMs: this.units.toMs(this.born[slot]),
      refreshAtMs: this.units.toMs(this.refresh[slot]),
      staleAtMs: this.units.toMs(this.stale[slot]),
      deadAtMs: this.units.toMs(this.dead[slot]),
      tick: (this.ticks[slot] ?? 0) + this.baseTick,
      ...(cells !== undefined && { cells: typeof cells === 'number' ? [cells] : cells }),
    };
  }

  /** The entry's names were compared with all invalidations up to `tick`: none concerned it. */
  markChecked(key: string, tick: number): void {
    const slot = this.slots.get(key);
    const ticks = tick - this.baseTick;
    if (slot !== undefined && ticks >= 0 && ticks <= LAST_TICK) this.ticks[slot] = ticks;
  }

  /** False when it is not kept: larger than a tenth of all bytes, or nothing may be kept. Others leave for it. */
  put(key: string, entry: LocalEntry): boolean {
    const { maxEntries, maxBytes } = this.options;
    if (maxEntries === 0 || entry.bytes > Math.min(MOST_BYTES, maxBytes * LARGEST_SHARE)) {
      this.delete(key);
      return false;
    }
    this.rebase(entry);
    // Its load began before the ticks were counted anew.
    if (entry.tick < this.baseTick) return false;
    const known = this.slots.get(key);
    if (known !== undefined) this.policy.touched(known);
    const slot = known ?? this.add(key);
    this.heldBytes += entry.bytes - (this.sizes[slot] ?? 0);
    this.write(slot, entry);
    while (this.heldBytes > maxBytes) this.evict();
    return this.slots.has(key);
  }

  delete(key: string): boolean {
    const slot = this.slots.get(key);
    if (slot === undefined) return false;
    this.policy.removed(slot);
    this.vacate(slot, key);
    return true;
  }

  clear(): void {
    this.slots.clear();
    this.policy.clear();
    this.free.length = 0;
    this.keyColumn = [];
    this.promises = [];
    this.cells = [];
    this.sizes.fill(0);
    this.capacity = 0;
    this.heldBytes = 0;
  }

  keys(): IterableIterator<string> {
    return this.slots.keys();
  }

  /** Up to `count` different keys by chance, fewer when the draw meets free slots or one slot twice. O(count). */
  sample(count: number, fraction: () => number): string[] {
    const used = this.slots.size + this.free.length;
    const drawn = new Set<string>();
    for (let draw = 0; draw < count; draw += 1) {
      const key = this.keyColumn[Math.floor(fraction() * used)];
      if (key !== undefined) drawn.add(key);
    }
    return [...drawn];
  }

  private add(key: string): number {
    if (this.slots.size >= this.options.maxEntries) this.evict();
    const slot = this.free.pop() ?? this.slots.size;
    if (slot >= this.capacity) this.grow();
    this.slots.set(key, slot);
    this.keyColumn[slot] = key;
    this.policy.added(slot, key);
    return slot;
  }

  private write(slot: number, entry: LocalEntry): void {
    this.promises[slot] = entry.promise;
    this.born[slot] = this.units.toUnit(entry.bornAtMs);
    this.refresh[slot] = this.units.toUnit(entry.refreshAtMs);
    this.stale[slot] = this.units.toUnit(entry.staleAtMs);
    this.dead[slot] = this.units.toUnit(entry.deadAtMs);
    this.ticks[slot] = entry.tick - this.baseTick;
    this.sizes[slot] = entry.bytes;
    this.writeCells(slot, entry.cells);
  }

  private writeCells(slot: number, cells: readonly number[] | undefined): void {
    if (this.cells.length === 0 && cells === undefined) return;
    if (this.cells.length === 0) this.cells = lengthened(this.cells, this.capacity);
    this.cells[slot] = cells?.length === 1 ? cells[0] : cells;
  }

  private evict(): void {
    const slot = this.policy.evict(this.keyOf);
    const key = this.keyOf(slot);
    this.vacate(slot, key);
    this.options.onEvict?.(key);
  }

  private vacate(slot: number, key: string): void {
    this.slots.delete(key);
    if (this.cells.length > 0) this.cells[slot] = undefined;
    this.heldBytes -= this.sizes[slot] ?? 0;
    this.sizes[slot] = 0;
    this.keyColumn[slot] = undefined;
    this.promises[slot] = undefined;
    this.free.push(slot);
  }

  private grow(): void {
    this.capacity = Math.min(this.options.maxEntries, Math.max(FIRST_CAPACITY, this.capacity * 2));
    const copy = (column: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> => {
      if (column.length >= this.capacity) return column;
      const grown = new Uint32Array(this.capacity);
      grown.set(column);
      return grown;
    };
    this.born = copy(this.born);
    this.refresh = copy(this.refresh);
    this.stale = copy(this.stale);
    this.dead = copy(this.dead);
    this.ticks = copy(this.ticks);
    this.sizes = copy(this.sizes);
    this.keyColumn = lengthened(this.keyColumn, this.capacity);
    this.promises = lengthened(this.promises, this.capacity);
    if (this.cells.length > 0) this.cells = lengthened(this.cells, this.capacity);
    this.policy.grow(this.capacity);
  }

  /** Numbers count from a base, so that 4 bytes are enough; when they outgrow them everything is dropped once. */
  private rebase({ bornAtMs, tick }: LocalEntry): void {
    const isCovered = this.units.cover(bornAtMs);
    const isOutgrown = tick - this.baseTick > LAST_TICK;
    if (isOutgrown) this.baseTick = tick;
    if (isOutgrown || !isCovered) this.clear();
  }
}

type Column<T> = (T | undefined)[];

/** Of exactly `capacity` places: an array that grows by itself takes up to half of them in addition. */
function lengthened<T>(column: Column<T>, capacity: number): Column<T> {
  const longer = new Array<T | undefined>(capacity);
  for (let index = 0; index < column.length; index += 1) longer[index] = column[index];
  return longer;
}
