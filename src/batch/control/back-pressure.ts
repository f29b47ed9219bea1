import { getHeapStatistics } from 'node:v8';
import { Inject, Injectable } from '@nestjs/common';
import { BATCH_CONFIG, type BatchConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { BatchMetrics } from '../batch-metrics.js';
import { PressureRepository, type ServerPressure } from './pressure.repository.js';

/** Why workers stand still. */
export interface Pressure {
  readonly reason: 'heap' | 'rss' | 'pool-wait' | 'replication-lag' | 'lock-waits';
  readonly detail: string;
}

/** SPEC B3; of the limit, because the total that V8 has taken so far says nothing. */
const MOST_HEAP_SHARE = 0.85;
const MOST_LAG_MS = 10_000;
const MOST_LOCK_WAITS = 20;
const MOST_POOL_WAITS = 10;
/** The server is asked this often at most. */
const READ_EVERY_MS = 1_000;

/** Tells workers to stand still while the process or the server has too much to do. */
@Injectable()
export class BackPressure {
  private server: ServerPressure = { replicationLagMs: 0, lockWaits: 0 };
  private readAtMs = -Infinity;

  constructor(
    @Inject(BATCH_CONFIG) private readonly config: BatchConfig,
    private readonly repository: PressureRepository,
    private readonly metrics: BatchMetrics,
    private readonly clock: Clock,
  ) {}

  /** Never rejects: what cannot be read counts as no pressure, and as a failure. */
  async check(): Promise<Pressure | undefined> {
    const { heap_size_limit: limit } = getHeapStatistics();
    const { heapUsed, rss } = process.memoryUsage();
    if (heapUsed / limit > MOST_HEAP_SHARE)
      return { reason: 'heap', detail: `${heapUsed} of ${limit} bytes` };
    if (rss > this.config.maxRssBytes) return { reason: 'rss', detail: `${rss} bytes` };
    // Before the server is asked, because that takes a connection too.
    const { poolWaits } = this.repository;
    if (poolWaits > MOST_POOL_WAITS) return { reason: 'pool-wait', detail: `${poolWaits} callers` };
    await this.read();
    const { replicationLagMs, lockWaits } = this.server;
    if (replicationLagMs > MOST_LAG_MS)
      return { reason: 'replication-lag', detail: `${replicationLagMs} ms` };
    if (lockWaits > MOST_LOCK_WAITS) return { reason: 'lock-waits', detail: `${lockWaits} sessions` };
    return undefined;
  }

  private async read(): Promise<void> {
    const nowMs = this.clock.monotonic();
    if (nowMs - this.readAtMs < READ_EVERY_MS) return;
    this.readAtMs = nowMs;
    try {
      this.server = await this.repository.read();
    } catch {
      this.server = { replicationLagMs: 0, lockWaits: 0 };
      this.metrics.errors.increment({ where: 'pressure' });
    }
  }
}
