import type { EvictionPolicy } from './eviction-policy.js';
import { SlotLinks, SlotList } from './slot-links.js';

/** Least recently used: the entry leaves that was read longest ago. */
export class Lru implements EvictionPolicy {
  private readonly links = new SlotLinks();
  private readonly used = new SlotList(this.links);

  grow(capacity: number): void {
    this.links.grow(capacity);
  }

  added(slot: number): void {
    this.used.push(slot);
  }

  touched(slot: number): void {
    this.used.renew(slot);
  }

  removed(slot: number): void {
    this.used.remove(slot);
  }

  evict(): number {
    return this.used.shift();
  }

  clear(): void {
    this.used.clear();
  }
}
