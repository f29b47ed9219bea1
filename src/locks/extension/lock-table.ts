import type { ExtensionTarget } from '../stores/lock-store.js';

/** Where the numbers of a slot stand. The thread, which does not share this file, is told. */
export interface TableLayout {
  readonly slots: number;
  readonly slotBytes: number;
  /** Int32, written last: which lock this is, 0 for none. What is read before it changed is consistent. */
  readonly turnAt: number;
  readonly ttlAt: number;
  readonly serversAt: number;
  readonly quorumAt: number;
  readonly textLengthAt: number;
  /** Float64: until when the lock surely is held. */
  readonly validUntilAt: number;
  /** Claim id, key, value, and server, key and value of what is prolonged besides; NUL between them. */
  readonly textAt: number;
}

/** Twice a name of 500 characters and a namespace of 300, with what stands around them, at 3 bytes each. */
const SLOT_BYTES = 8_192;

export const LAYOUT: TableLayout = {
  slots: 128,
  slotBytes: SLOT_BYTES,
  turnAt: 0,
  ttlAt: 4,
  serversAt: 8,
  quorumAt: 12,
  textLengthAt: 16,
  validUntilAt: 24,
  textAt: 32,
};

/** A page of shared memory, seen as what stands in it. */
interface Page {
  readonly turns: Int32Array;
  readonly numbers: Float64Array;
  readonly bytes: Buffer;
}

/** What is longer would be cut, and its lock told to be lost, rather than run into the next slot. */
const LONGEST_TEXT = SLOT_BYTES - LAYOUT.textAt;
const SEPARATOR = '\0';
const LAST_TURN = 2 ** 31 - 1;

/**
 * The locks that the thread prolongs, in memory it shares. A lock is written there and wiped out again without a
 * message: most are held for a moment, and a message costs more than taking the lock. And it is there before the work
 * that waited for it begins, which may block the event loop at once.
 */
export class LockTable {
  readonly buffers: SharedArrayBuffer[] = [];
  private readonly pages: Page[] = [];
  private readonly slots = new Map<string, number>();
  /** The one that was left last is taken first: few of them are ever touched. */
  private readonly free: number[] = [];
  private lastTurn = 0;

  /** @param onGrowth learns of further pages */
  constructor(private readonly onGrowth: (page: SharedArrayBuffer) => void) {
    this.free.push(this.grow());
  }

  put(claimId: string, ttlMs: number, target: ExtensionTarget, validUntilMs: number): void {
    const slot = this.free.pop() ?? this.grow();
    const page = this.pageOf(slot);
    const at = offsetOf(slot);
    const { key, value, servers, quorum, besides } = target;
    const text = claimId + SEPARATOR + key + SEPARATOR + value;
    const rest =
      besides === undefined ? '' : SEPARATOR + [besides.server, besides.key, besides.value].join(SEPARATOR);
    page.turns[(at + LAYOUT.ttlAt) / 4] = ttlMs;
    page.turns[(at + LAYOUT.serversAt) / 4] = servers;
    page.turns[(at + LAYOUT.quorumAt) / 4] = quorum;
    page.turns[(at + LAYOUT.textLengthAt) / 4] = page.bytes.write(
      text + rest,
      at + LAYOUT.textAt,
      LONGEST_TEXT,
    );
    page.numbers[(at + LAYOUT.validUntilAt) / 8] = validUntilMs;
    this.lastTurn = this.lastTurn === LAST_TURN ? 1 : this.lastTurn + 1;
    Atomics.store(page.turns, (at + LAYOUT.turnAt) / 4, this.lastTurn);
    this.slots.set(claimId, slot);
  }

  remove(claimId: string): void {
    const slot = this.slots.get(claimId);
    if (slot === undefined) return;
    this.slots.delete(claimId);
    // An exchange, since what the next lock writes here must not be seen before this.
    Atomics.exchange(this.pageOf(slot).turns, (offsetOf(slot) + LAYOUT.turnAt) / 4, 0);
    this.free.push(slot);
  }

  /** For a thread that takes over from another one. */
  prolong(claimId: string, validUntilMs: number): void {
    const slot = this.slots.get(claimId);
    if (slot === undefined) return;
    this.pageOf(slot).numbers[(offsetOf(slot) + LAYOUT.validUntilAt) / 8] = validUntilMs;
  }

  /** A slot of a further page. */
  private grow(): number {
    const buffer = new SharedArrayBuffer(LAYOUT.slots * LAYOUT.slotBytes);
    const first = this.pages.length * LAYOUT.slots;
    this.pages.push({
      turns: new Int32Array(buffer),
      numbers: new Float64Array(buffer),
      bytes: Buffer.from(buffer),
    });
    this.buffers.push(buffer);
    for (let slot = first + LAYOUT.slots - 1; slot > first; slot -= 1) this.free.push(slot);
    this.onGrowth(buffer);
    return first;
  }

  private pageOf(slot: number): Page {
    const page = this.pages[Math.floor(slot / LAYOUT.slots)];
    if (page === undefined) throw new RangeError(`there is no slot ${slot}`);
    return page;
  }
}

/** Bytes from the start of its page. */
function offsetOf(slot: number): number {
  return (slot % LAYOUT.slots) * LAYOUT.slotBytes;
}
