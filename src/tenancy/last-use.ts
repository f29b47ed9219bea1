import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Logger } from '../platform/logging/index.js';
import { BackgroundJobs } from '../platform/scheduling/index.js';
import { type KeyRecord, KeyRepository } from './key.repository.js';

/** A key's last use is written at most once in this time; the repository's statement holds the same bound. */
const EXACT_TO_MS = 60_000;
const WRITE_EVERY_MS = 10_000;

/**
 * When each key was used last. Uses are collected in memory, a key once, and written by a background job:
 * no request waits for it. A failed write shows in the job's status and counters, and is tried again.
 */
@Injectable()
export class LastUse implements OnModuleInit, BeforeApplicationShutdown {
  /** Genuine keys only: strangers cannot make it grow. */
  private uses = new Map<string, Date>();

  constructor(
    private readonly keys: KeyRepository,
    private readonly jobs: BackgroundJobs,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Remembers that `key` was used now. */
  note({ id, lastUsedAt }: KeyRecord): void {
    const now = this.clock.now();
    const isDue = lastUsedAt === null || now.getTime() - lastUsedAt.getTime() >= EXACT_TO_MS;
    if (isDue) this.uses.set(id, now);
  }

  /** Writes what was noted; on failure it stays noted. */
  async write(): Promise<void> {
    if (this.uses.size === 0) return;
    const taken = this.uses;
    this.uses = new Map();
    try {
      await this.keys.recordUses([...taken].map(([id, at]) => ({ id, at })));
    } catch (error) {
      // Uses noted meanwhile are later ones.
      this.uses = new Map([...taken, ...this.uses]);
      throw error;
    }
  }

  onModuleInit(): void {
    this.jobs.register({ name: 'tenancy-last-use', everyMs: WRITE_EVERY_MS, run: () => this.write() });
  }

  async beforeApplicationShutdown(): Promise<void> {
    try {
      await this.write();
    } catch (error) {
      this.logger.warn('The last use of some API keys was not written', { keys: this.uses.size, err: error });
    }
  }
}
