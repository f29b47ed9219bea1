const NONE = -1;

/** Links of slots, 8 bytes a slot, for any number of lists in which each slot is at most once. */
export class SlotLinks {
  next = new Int32Array(0);
  prev = new Int32Array(0);

  /** Never smaller: after a clear the store grows anew from its first capacity. */
  grow(capacity: number): void {
    if (capacity <= this.next.length) return;
    this.next = copy(this.next, capacity);
    this.prev = copy(this.prev, capacity);
  }
}

function copy(from: Int32Array<ArrayBuffer>, capacity: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(capacity);
  grown.set(from);
  return grown;
}

/** A queue of slots: in at the head, out at the tail, and out of the middle. */
export class SlotList {
  size = 0;
  private head = NONE;
  private tail = NONE;

  constructor(private readonly links: SlotLinks) {}

  push(slot: number): void {
    const { next, prev } = this.links;
    next[slot] = this.head;
    prev[slot] = NONE;
    if (this.head === NONE) this.tail = slot;
    else prev[this.head] = slot;
    this.head = slot;
    this.size += 1;
  }

  /** Back to the head, whichever place it has. */
  renew(slot: number): void {
    if (slot === this.head) return;
    this.remove(slot);
    this.push(slot);
  }

  /** The oldest slot. -1 when empty. */
  shift(): number {
    const slot = this.tail;
    if (slot !== NONE) this.remove(slot);
    return slot;
  }

  remove(slot: number): void {
    const { next, prev } = this.links;
    const after = next[slot] ?? NONE;
    const before = prev[slot] ?? NONE;
    if (before === NONE) this.head = after;
    else next[before] = after;
    if (after === NONE) this.tail = before;
    else prev[after] = before;
    this.size -= 1;
  }

  clear(): void {
    this.size = 0;
    this.head = NONE;
    this.tail = NONE;
  }
}
