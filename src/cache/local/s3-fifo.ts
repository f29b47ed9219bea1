import type { EvictionPolicy } from './eviction-policy.js';
import { GhostTable } from './ghost-table.js';
import { SlotLinks, SlotList } from './slot-links.js';

/** Share of the entries that are on probation: on Zipf and loops 5 % hit more often than the 10 % of the paper. */
const SMALL_SHARE = 0.05;
const MOST_USES = 3;
/** Keys that left longer ago than the store holds entries, but not than this many times of it, are back rarely. */
const LONG_AGO = 3;
const ONE_BACK_OF = 16;
/** Marks a slot of the main queue, beside its uses. */
const MAIN = 0x80;
const USES = 0x7f;

/**
 * S3-FIFO (Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for cache eviction", SOSP 2023). New entries
 * wait in a small queue; those read while they wait, and those that come back soon after they left, enter the main
 * queue, where entries that were read go round again. What is read once never pushes out what is read often.
 *
 * Beyond the paper: of the keys that come back after a longer time one in 16 enters the main queue. When keys are read
 * round and round, and there are more than fit, a part of them stays so; if all entered, none would until its turn.
 */
export class S3Fifo implements EvictionPolicy {
  private readonly links = new SlotLinks();
  private readonly small = new SlotList(this.links);
  private readonly main = new SlotList(this.links);
  private readonly ghosts = new GhostTable();
  private marks = new Uint8Array(0);
  private backLate = 0;

  grow(capacity: number): void {
    this.links.grow(capacity);
    if (capacity <= this.marks.length) return;
    const marks = new Uint8Array(capacity);
    marks.set(this.marks);
    this.marks = marks;
    this.ghosts.resize(capacity);
  }

  added(slot: number, key: string): void {
    const isBack = this.isBack(key);
    this.marks[slot] = isBack ? MAIN : 0;
    (isBack ? this.main : this.small).push(slot);
  }

  touched(slot: number): void {
    const mark = this.marks[slot] ?? 0;
    if ((mark & USES) < MOST_USES) this.marks[slot] = mark + 1;
  }

  removed(slot: number): void {
    (this.isMain(slot) ? this.main : this.small).remove(slot);
  }

  evict(keyOf: (slot: number) => string): number {
    for (;;) {
      const total = this.small.size + this.main.size;
      const isSmallsTurn = this.main.size === 0 || this.small.size > total * SMALL_SHARE;
      const slot = isSmallsTurn ? this.evictSmall(keyOf) : this.evictMain();
      if (slot !== -1) return slot;
    }
  }

  clear(): void {
    this.small.clear();
    this.main.clear();
  }

  /** -1: the entry was read meanwhile, and has moved on. */
  private evictSmall(keyOf: (slot: number) => string): number {
    const slot = this.small.shift();
    if (((this.marks[slot] ?? 0) & USES) > 0) {
      this.marks[slot] = MAIN;
      this.main.push(slot);
      return -1;
    }
    this.ghosts.add(keyOf(slot));
    return slot;
  }

  private evictMain(): number {
    const slot = this.main.shift();
    const uses = (this.marks[slot] ?? 0) & USES;
    if (uses === 0) return slot;
    this.marks[slot] = MAIN | (uses - 1);
    this.main.push(slot);
    return -1;
  }

  private isBack(key: string): boolean {
    const total = this.small.size + this.main.size;
    const age = this.ghosts.take(key);
    if (age < total || age >= LONG_AGO * total) return age < total;
    this.backLate = (this.backLate + 1) % ONE_BACK_OF;
    return this.backLate === 0;
  }

  private isMain(slot: number): boolean {
    return ((this.marks[slot] ?? 0) & MAIN) !== 0;
  }
}
