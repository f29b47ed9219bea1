import type { CacheService } from '../../src/cache/index.js';
import type { Random } from '../support/random.js';
import { InFlight } from './in-flight.js';
import { KEYS } from './keyspace.js';
import type { ChaosValue, FromWorker, ReadRecord, WorkerFigures } from './messages.js';
import { monotonicMs } from './monotonic.js';
import type { RemoteDatabase } from './remote-database.js';

/** Reads begin in bursts, a pause apart. */
const BURST = 8;
const PAUSE_MS = 2;
const MOST_IN_FLIGHT = 400;
const TELL_EVERY_MS = 100;
/** Between reading a version and returning it: in this time others write and invalidate. */
const LOAD_MS = 30;
/** A few loads outlive their lease. */
const SLOW_LOAD_MS = 500;
const SLOW_SHARE = 0.005;
/** Some readers look only, and some want to know the source; the rest takes the hot path. */
const LOOKING_SHARE = 0.1;
const ASKING_SHARE = 0.2;
const FAILURES_TOLD = 5;

/** What ChaosReads is made of. */
export interface ChaosReadsParts {
  readonly cache: CacheService;
  readonly database: RemoteDatabase;
  readonly random: Random;
  readonly process: number;
  readonly tell: (message: FromWorker) => void;
  /** How long messages are held back in this process. */
  readonly lateMs: number;
}

/** Reads random keys all the time, and tells what was seen. */
export class ChaosReads {
  private readonly inFlight = new InFlight();
  private readonly failures: string[] = [];
  private records: ReadRecord[] = [];
  private isEnded = false;
  private failed = 0;
  private reads = 0;
  private slowestReadMs = 0;
  private longestPauseMs = 0;
  private lookedAtMs = 0;
  /** Looks whose messages may still be held back, and the last one before them. */
  private readonly looks: number[] = [];
  private toldAtMs = 0;

  constructor(private readonly parts: ChaosReadsParts) {}

  begin(): void {
    this.lookedAtMs = monotonicMs();
    this.pause();
  }

  async end(): Promise<Omit<WorkerFigures, 'counters'>> {
    this.isEnded = true;
    const hanging = await this.inFlight.settle();
    this.flush(monotonicMs());
    const { reads, failures, failed, slowestReadMs, longestPauseMs } = this;
    return { reads, failures, failed, hanging, slowestReadMs, longestPauseMs };
  }

  /** Timers run, then sockets are looked at, then immediates: what had come before `lookedAtMs` is known to the burst. */
  private pause(): void {
    setTimeout(() => {
      const nowMs = monotonicMs();
      this.longestPauseMs = Math.max(this.longestPauseMs, nowMs - this.lookedAtMs);
      this.lookedAtMs = nowMs;
      this.looks.push(nowMs);
      // What a look finds is in hand by the next one, and held back from then on; timers round up to a millisecond.
      while ((this.looks[2] ?? Infinity) < nowMs - this.parts.lateMs - 1) this.looks.shift();
      setImmediate(() => this.burst());
    }, PAUSE_MS);
  }

  private burst(): void {
    for (let index = 0; index < BURST && this.inFlight.count < MOST_IN_FLIGHT; index += 1) {
      this.inFlight.add(this.read(this.parts.random.below(KEYS.length)));
    }
    if (this.lookedAtMs - this.toldAtMs > TELL_EVERY_MS) this.flush(this.lookedAtMs);
    if (!this.isEnded) this.pause();
  }

  private async read(index: number): Promise<void> {
    const { cache, process, random } = this.parts;
    const { bus, sequence: applied } = cache.state;
    // What came before that look has been handed on by now.
    const lookedAtMs = this.parts.lateMs === 0 ? this.lookedAtMs : (this.looks[0] ?? 0);
    const lot = random.fraction();
    const startedAtMs = monotonicMs();
    try {
      const { value, source } = await this.ask(index, lot);
      if (value === undefined) return;
      const endedAtMs = monotonicMs();
      this.reads += 1;
      this.slowestReadMs = Math.max(this.slowestReadMs, endedAtMs - startedAtMs);
      const read = { process, key: index, startedAtMs, lookedAtMs, endedAtMs, seen: value, bus, applied };
      this.records.push({ ...read, ...(source !== undefined && { source }) });
    } catch (error) {
      this.failed += 1;
      if (this.failures.length < FAILURES_TOLD) this.failures.push(String(error));
    }
  }

  private async ask(index: number, lot: number): Promise<{ value: ChaosValue | undefined; source?: string }> {
    const { cache } = this.parts;
    const { key, options } = keyAt(index);
    if (lot < LOOKING_SHARE) return { value: await cache.get<ChaosValue>(key), source: 'get' };
    if (lot > 1 - ASKING_SHARE) return cache.read(key, () => this.load(index), options);
    return { value: await cache.getOrLoad(key, () => this.load(index), options) };
  }

  private async load(index: number): Promise<ChaosValue> {
    const { database, random } = this.parts;
    const { row, sources } = keyAt(index);
    const seen = row === undefined ? await this.compute(sources) : [[row, await database.load(row)] as const];
    const loadMs = random.fraction() < SLOW_SHARE ? SLOW_LOAD_MS : random.below(LOAD_MS);
    await new Promise((resolve) => setTimeout(resolve, loadMs));
    return seen;
  }

  private async compute(sources: readonly number[]): Promise<ChaosValue> {
    const values = await Promise.all(
      sources.map((source) => {
        const { key, options } = keyAt(source);
        return this.parts.cache.getOrLoad(key, () => this.load(source), options);
      }),
    );
    return values.flat();
  }

  /** Whatever was acknowledged here before `toldUntilMs` has been told by now, and what was read has been, too. */
  private flush(toldUntilMs: number): void {
    this.toldAtMs = toldUntilMs;
    this.parts.tell({ kind: 'read', reads: this.records, toldUntilMs });
    this.records = [];
  }
}

function keyAt(index: number): (typeof KEYS)[number] {
  const key = KEYS[index];
  if (key === undefined) throw new Error(`There is no key ${index}.`);
  return key;
}
