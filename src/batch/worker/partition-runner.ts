import { Injectable } from '@nestjs/common';
import { BackPressure } from '../control/back-pressure.js';
import { AdaptiveBatchSize } from '../control/batch-size.js';
import { AttemptsExhaustedError, LeaseLostError, TooManyBadRecordsError } from '../errors.js';
import { ChunkSources } from '../operations/chunk-sources.js';
import type { Chunk, ChunkSource } from '../operations/chunk.js';
import type { LeasedPartition } from '../queue/batch-job.js';
import type { BatchTarget } from '../targets/batch-target.js';
import { classifyError, type ErrorClass, rowFaultOf } from '../retry/error-classes.js';
import type { RetrySchedule } from '../retry/retry-strategies.js';
import { ChunkWriter, type WrittenChunk } from './chunk-writer.js';
import { JobEnd } from './job-end.js';
import { WorkerTools } from './worker-tools.js';

/** How often a pressed worker looks whether the pressure is over. */
const PRESSED_MS = 1_000;

/** Workers that took a partition and came to no checkpoint: what ends processes must not end all of them for ever. */
const MOST_ATTEMPTS = 20;

/** Why a worker let a partition go. paused: of the job, or a database that is full. */
export type PartitionEnd = 'done' | 'stopped' | 'lost' | 'failed' | 'paused' | 'later';

/** A partition under way. */
interface Way {
  readonly leased: LeasedPartition;
  readonly owner: string;
  readonly target: BatchTarget;
  readonly source: ChunkSource;
  readonly size: AdaptiveBatchSize;
  readonly retries: RetrySchedule;
  cursor: string;
  /** Smaller than the controller says, while a bad record is being searched for. */
  mostRows: number;
}

/** Works a leased partition off, chunk by chunk, until it is done or somebody else's. */
@Injectable()
export class PartitionRunner {
  constructor(
    private readonly sources: ChunkSources,
    private readonly writer: ChunkWriter,
    private readonly ends: JobEnd,
    private readonly pressure: BackPressure,
    private readonly tools: WorkerTools,
  ) {}

  /** Never rejects. @param stopping aborts when the process stops: it ends after the chunk under way */
  async run(leased: LeasedPartition, owner: string, stopping: AbortSignal): Promise<PartitionEnd> {
    const lease = this.tools.keepLease(leased, owner, stopping);
    try {
      const way = this.open(leased, owner);
      if (leased.attempts > MOST_ATTEMPTS) {
        return await this.end(
          way,
          undefined,
          new AttemptsExhaustedError(leased.part, MOST_ATTEMPTS),
          'failed',
        );
      }
      for (;;) {
        if (lease.end !== undefined) return lease.end;
        if (await this.isPressed(lease.signal)) continue;
        const end = await this.step(way, lease.signal);
        if (end !== undefined) return end;
      }
    } catch (error) {
      // Not of a chunk: the target is not registered any more, or the end could not be noted.
      this.tools.noteFailure(leased, error);
      return 'later';
    } finally {
      lease.letGo();
    }
  }

  private open(leased: LeasedPartition, owner: string): Way {
    const target = this.sources.targetOf(leased.job);
    const source = this.sources.open(leased);
    const size = new AdaptiveBatchSize();
    const retries = this.tools.retries(leased.job.options.retry);
    return { leased, owner, target, source, size, retries, cursor: leased.cursor, mostRows: Infinity };
  }

  private async isPressed(signal: AbortSignal): Promise<boolean> {
    const pressure = await this.pressure.check();
    if (pressure === undefined) return false;
    this.tools.countPressure(pressure.reason);
    await this.tools.wait(PRESSED_MS, signal);
    return true;
  }

  /** One chunk. Undefined: there is more to do. */
  private async step(way: Way, signal: AbortSignal): Promise<PartitionEnd | undefined> {
    const bytesBefore = bytesInUse();
    let chunk: Chunk | undefined;
    try {
      chunk = await way.source.next(way.cursor, Math.min(way.size.next, way.mostRows));
      const written = await this.writeWithoutBad(way, chunk);
      return await this.advance(way, written, bytesInUse() - bytesBefore);
    } catch (error) {
      return this.recover(way, chunk, error, signal);
    }
  }

  /** Leaves out the records that the database refuses, as long as it says which. */
  private async writeWithoutBad(way: Way, chunk: Chunk): Promise<WrittenChunk> {
    const { leased, owner, cursor } = way;
    for (;;) {
      try {
        return await this.writer.write(leased, cursor, owner, chunk);
      } catch (error) {
        const fault = classifyError(error) === 'row' ? rowFaultOf(error) : undefined;
        if (fault === undefined || !chunk.exclude(fault)) throw error;
        this.refuseTooMany(way, chunk);
      }
    }
  }

  private refuseTooMany({ leased }: Way, { letters }: Chunk): void {
    const { maxBad } = leased.job.options;
    if (letters.length > maxBad) throw new TooManyBadRecordsError(letters.length, maxBad);
  }

  private async advance(
    way: Way,
    { outcome, state, fixedMs, dataMs }: WrittenChunk,
    memoryDeltaBytes: number,
  ): Promise<PartitionEnd | undefined> {
    way.cursor = outcome.to;
    way.mostRows = way.mostRows === Infinity ? Infinity : way.mostRows * 2;
    way.retries.reset();
    way.size.record({ rows: outcome.processed, fixedMs, dataMs, memoryDeltaBytes, hadLockError: false });
    await way.target.changed?.(way.leased.job.tenantId);
    this.tools.noteChunk(way.leased.job, outcome);
    if (state === 'succeeded') this.tools.noteState(way.leased.job, state);
    if (outcome.isDone) return 'done';
    return state === 'running' || state === 'queued' ? undefined : 'paused';
  }

  private async recover(
    way: Way,
    chunk: Chunk | undefined,
    error: unknown,
    signal: AbortSignal,
  ): Promise<PartitionEnd | undefined> {
    if (error instanceof LeaseLostError) return 'lost';
    // What was in doubt may be there.
    await way.target.changed?.(way.leased.job.tenantId);
    const kind = error instanceof TooManyBadRecordsError ? 'stop' : classifyError(error);
    if (kind === 'row' && chunk?.isDivisible === true) {
      halve(way);
      return undefined;
    }
    this.tools.noteFailure(way.leased, error);
    if (kind.startsWith('retry') && (await this.retry(way, kind, signal))) return undefined;
    return this.end(way, chunk, error, kind === 'pause' ? 'paused' : 'failed');
  }

  /** Waits until it is time for another try. False: there were enough. */
  private async retry(way: Way, kind: ErrorClass, signal: AbortSignal): Promise<boolean> {
    const delayMs = way.retries.next();
    if (delayMs === undefined) return false;
    this.tools.countRetry();
    if (kind === 'retry-smaller') halve(way);
    if (kind !== 'retry') {
      way.size.record({ rows: 0, fixedMs: 0, dataMs: 0, memoryDeltaBytes: 0, hadLockError: true });
    }
    await this.tools.wait(kind === 'retry-now' ? 0 : delayMs, signal);
    return true;
  }

  private async end(
    { leased, owner, cursor }: Way,
    chunk: Chunk | undefined,
    error: unknown,
    end: 'paused' | 'failed',
  ): Promise<PartitionEnd> {
    const at = { leased, owner, cursor, letters: chunk?.letters ?? [] };
    try {
      if (end === 'paused') await this.ends.pause(at, error);
      else if (!(await this.ends.fail(at, error))) return end;
    } catch (failure) {
      if (failure instanceof LeaseLostError) return 'lost';
      throw failure;
    }
    this.tools.noteState(leased.job, end);
    return end;
  }
}

/** Records are kept outside the heap. */
function bytesInUse(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Below the least size of a chunk as well: otherwise what takes too long would do so for ever. */
function halve(way: Way): void {
  way.mostRows = Math.max(1, Math.floor(Math.min(way.size.next, way.mostRows) / 2));
}
