import type { Clock, Timer } from '../../kernel/clock.js';

const PROBE_EVERY_MS = 20;
const SLOT_MS = 1_000;
/** Lags are told for this long back. */
const WINDOW_MS = 60_000;
/** A timer is late by so much on an idle machine as well. */
const LATE_BY_NATURE_MS = 1;
/** Upper edges of the buckets: from 1 ms, eight an octave, to about 65 s. */
const EDGES_MS = Float64Array.from({ length: 129 }, (_, index) => 2 ** (index / 8));

/** How late work ran, over some time. An arrival at any moment of it waited this long. */
export interface LagReport {
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** The time this is about. */
  readonly windowMs: number;
}

/** What was measured up to a moment. */
interface Slot {
  readonly lag: Float64Array;
  readonly atMs: number;
  maxMs: number;
}

/**
 * How long work waits for the event loop, weighted by time: while the loop is blocked for L, whoever arrives waits
 * uniformly from L down to 0. Counting samples instead would count the longest block as one of thousands. Never reset:
 * any number of readers see the same.
 */
export class LoopLag {
  /** Milliseconds in which the loop was late, by how long an arrival then waited. */
  private readonly lag = new Float64Array(EDGES_MS.length + 1);
  private readonly slots: Slot[] = [];
  private timer: Timer | undefined;
  private dueAtMs = 0;
  private startedAtMs = 0;
  private maxMs = 0;
  private blocked = 0;

  constructor(private readonly clock: Clock) {}

  start(): void {
    this.startedAtMs = this.clock.monotonic();
    this.slots.push({ lag: this.lag.slice(), atMs: this.startedAtMs, maxMs: 0 });
    this.probe();
  }

  stop(): void {
    this.timer?.cancel();
  }

  /** Milliseconds since the start in which the loop could not take up work. */
  get blockedMs(): number {
    return this.blocked;
  }

  /**
   * Over the last minute, or since the start.
   * @param fromMs of the monotonic clock: leaves out what was before, to the second
   */
  report(fromMs = -Infinity): LagReport {
    const now = this.clock.monotonic();
    const slots = this.slots.filter(({ atMs }, index) => atMs >= fromMs || index === this.slots.length - 1);
    const [oldest] = slots;
    const windowMs = Math.max(PROBE_EVERY_MS, now - (oldest?.atMs ?? now));
    const late = this.lag.map((ms, index) => ms - (oldest?.lag[index] ?? 0));
    // The probe may not have had its turn since the latest block.
    const underWayMs = now - this.dueAtMs - LATE_BY_NATURE_MS;
    const maxMs = Math.max(this.maxMs, underWayMs, ...slots.slice(1).map((slot) => slot.maxMs));
    return {
      meanMs: late.reduce((sum, ms, index) => sum + ms * middleOf(index), 0) / windowMs,
      p50Ms: quantile(late, windowMs, 0.5),
      p99Ms: Math.min(maxMs, quantile(late, windowMs, 0.99)),
      maxMs,
      windowMs,
    };
  }

  private probe(): void {
    this.dueAtMs = this.clock.monotonic() + PROBE_EVERY_MS;
    this.timer = this.clock.after(PROBE_EVERY_MS, () => {
      const now = this.clock.monotonic();
      this.record(now - this.dueAtMs - LATE_BY_NATURE_MS);
      if (now - (this.slots.at(-1)?.atMs ?? 0) >= SLOT_MS) this.turn(now);
      this.probe();
    });
  }

  private record(lateMs: number): void {
    if (lateMs <= 0) return;
    this.blocked += lateMs;
    this.maxMs = Math.max(this.maxMs, lateMs);
    let from = 0;
    for (let index = 0; index < EDGES_MS.length && from < lateMs; index += 1) {
      const to = Math.min(lateMs, EDGES_MS[index] ?? lateMs);
      this.lag[index] = (this.lag[index] ?? 0) + to - from;
      from = to;
    }
    if (from < lateMs) this.lag[EDGES_MS.length] = (this.lag[EDGES_MS.length] ?? 0) + lateMs - from;
  }

  private turn(now: number): void {
    this.slots.push({ lag: this.lag.slice(), atMs: now, maxMs: this.maxMs });
    this.maxMs = 0;
    // The first slot is where the window begins.
    while (now - (this.slots[1]?.atMs ?? now) > WINDOW_MS) this.slots.shift();
  }
}

function middleOf(index: number): number {
  const to = EDGES_MS[index] ?? EDGES_MS.at(-1) ?? 0;
  return ((EDGES_MS[index - 1] ?? 0) + to) / 2;
}

/** The lag that an arrival at a random moment of the window stays below with this probability. */
function quantile(late: Float64Array, windowMs: number, rank: number): number {
  let above = windowMs * (1 - rank);
  for (let index = late.length - 1; index >= 0; index -= 1) {
    above -= late[index] ?? 0;
    if (above < 0) return middleOf(index);
  }
  return 0;
}
