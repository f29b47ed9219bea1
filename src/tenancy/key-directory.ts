import { Injectable } from '@nestjs/common';
import { AppError } from '../kernel/app-error.js';
import { Clock } from '../kernel/clock.js';
import { KeyCheckBusyError } from './errors.js';
import { type KeyRecord, KeyRepository } from './key.repository.js';

/** How long another instance may go on using a key that was revoked here. */
const FRESH_MS = 5_000;
/** The same while that instance cannot ask the database. */
const TRUSTED_MS = 300_000;
/** A database that has not answered by then cannot be asked. */
const PATIENCE_MS = 1_000;
const MAX_CACHED = 10_000;
/** Ids per query; more callers with keys not in the cache are told to come back. */
const MAX_WAITING = 1_000;

interface CachedKey {
  readonly record: KeyRecord;
  readonly staleAtMs: number;
}

type Batch = Promise<ReadonlyMap<string, KeyRecord>>;

/**
 * Finds keys by id, from memory when they were read in the last seconds. Everything else is read in batches,
 * one query at a time: however many made-up ids arrive, the database sees one small query after the other,
 * and genuine keys wait for two of them at most. Ids that do not exist are not remembered.
 */
@Injectable()
export class KeyDirectory {
  private readonly cached = new Map<string, CachedKey>();
  private waiting = new Set<string>();
  private nextBatch: Batch | undefined;
  private lastBatch: Promise<unknown> = Promise.resolve();
  /** Grows with every `forget`: what was read before must not be cached after. */
  private epoch = 0;

  constructor(
    private readonly keys: KeyRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * Undefined when there is no such key. What comes back may be revoked or expired, and minutes old while the database
   * cannot be asked.
   * @throws KeyCheckBusyError TENANCY_KEY_CHECK_BUSY
   */
  async find(id: string): Promise<KeyRecord | undefined> {
    const record = this.fresh(id);
    if (record !== undefined) return record;
    const trusted = this.trusted(id);
    return trusted === undefined ? this.ask(id) : this.askOrTrust(id, trusted);
  }

  /** Drops what is known of a key that was changed just now. */
  forget(id: string): void {
    this.epoch += 1;
    this.cached.delete(id);
  }

  private async ask(id: string): Promise<KeyRecord | undefined> {
    if (this.waiting.size >= MAX_WAITING && !this.waiting.has(id)) {
      throw new KeyCheckBusyError(this.waiting.size);
    }
    this.waiting.add(id);
    if (this.nextBatch === undefined) {
      this.nextBatch = this.readBatch(this.lastBatch);
      this.lastBatch = this.nextBatch;
    }
    return (await this.nextBatch).get(id);
  }

  /** Without the database, or with a pool that is used up, operators need their keys most. */
  private async askOrTrust(id: string, trusted: KeyRecord): Promise<KeyRecord | undefined> {
    const answered = new AbortController();
    const late = this.clock.sleep(PATIENCE_MS, answered.signal).then(() => trusted);
    try {
      return await Promise.race([this.ask(id), late]);
    } catch (error) {
      if (error instanceof AppError && error.kind === 'unavailable') return trusted;
      throw error;
    } finally {
      answered.abort();
    }
  }

  private fresh(id: string): KeyRecord | undefined {
    const cached = this.cached.get(id);
    return cached !== undefined && this.clock.monotonic() < cached.staleAtMs ? cached.record : undefined;
  }

  private trusted(id: string): KeyRecord | undefined {
    const cached = this.cached.get(id);
    const isRecent = cached !== undefined && this.clock.monotonic() < cached.staleAtMs + TRUSTED_MS;
    return isRecent ? cached.record : undefined;
  }

  private async readBatch(previous: Promise<unknown>): Batch {
    // Its failure has been told to its own callers.
    await Promise.allSettled([previous]);
    const ids = [...this.waiting];
    this.waiting = new Set();
    this.nextBatch = undefined;
    const found = new Map(ids.flatMap((id) => this.fresh(id) ?? []).map((record) => [record.id, record]));
    const missing = ids.filter((id) => !found.has(id));
    for (const record of await this.read(missing)) found.set(record.id, record);
    return found;
  }

  private async read(ids: readonly string[]): Promise<KeyRecord[]> {
    if (ids.length === 0) return [];
    const { epoch } = this;
    // Counted from before the question: the answer may be that old.
    const staleAtMs = this.clock.monotonic() + FRESH_MS;
    const records = await this.keys.findMany(ids);
    if (epoch === this.epoch) for (const record of records) this.remember({ record, staleAtMs });
    return records;
  }

  private remember(key: CachedKey): void {
    // Re-inserted at the end: the map's order is the order of eviction.
    this.cached.delete(key.record.id);
    this.cached.set(key.record.id, key);
    const [oldest] = this.cached.keys();
    if (this.cached.size > MAX_CACHED && oldest !== undefined) this.cached.delete(oldest);
  }
}
