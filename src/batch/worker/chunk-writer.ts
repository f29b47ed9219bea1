import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { Database, DatabaseUnavailableError } from '../../platform/database/index.js';
import { LeaseLostError, TooManyBadRecordsError } from '../errors.js';
import type { Chunk, ChunkOutcome } from '../operations/chunk.js';
import type { JobState, LeasedPartition } from '../queue/batch-job.js';
import { DeadLetterRepository } from '../queue/dead-letter.repository.js';
import { PartitionRepository } from '../queue/partition.repository.js';
import { JobEnd } from './job-end.js';

/** A chunk that is in the database. */
export interface WrittenChunk {
  readonly outcome: ChunkOutcome;
  readonly state: JobState;
  /** All but the data: begin, checkpoint, commit. */
  readonly fixedMs: number;
  readonly dataMs: number;
}

/** Writes a chunk exactly once: its data, its bad records and the checkpoint are one transaction. */
@Injectable()
export class ChunkWriter {
  constructor(
    private readonly db: Database,
    private readonly partitions: PartitionRepository,
    private readonly letters: DeadLetterRepository,
    private readonly ends: JobEnd,
    private readonly clock: Clock,
  ) {}

  /** @throws LeaseLostError, TooManyBadRecordsError, and whatever the database says; then nothing is written */
  async write(leased: LeasedPartition, cursor: string, owner: string, chunk: Chunk): Promise<WrittenChunk> {
    const startedAtMs = this.clock.monotonic();
    let reached: ChunkOutcome | undefined;
    let dataMs = 0;
    try {
      const state = await this.db.transaction(async (tx) => {
        const beganAtMs = this.clock.monotonic();
        const outcome = await chunk.run(tx);
        dataMs = this.clock.monotonic() - beganAtMs;
        await this.letters.insert(tx, leased.job.id, chunk.letters);
        reached = outcome;
        const ms = this.clock.monotonic() - startedAtMs;
        const counts = {
          processed: outcome.processed,
          written: outcome.written,
          bad: chunk.letters.length,
          ms,
        };
        const place = { jobId: leased.job.id, part: leased.part, owner };
        const { to, isDone } = outcome;
        const told = await this.partitions.checkpoint(tx, place, { from: cursor, to, counts, isDone });
        if (told === undefined) throw new LeaseLostError(leased.job.id, leased.part);
        const { maxBad } = leased.job.options;
        if (told.bad > maxBad) throw new TooManyBadRecordsError(told.bad, maxBad);
        const hasEnded = isDone && (await this.ends.partitionDone(tx, leased.job));
        return hasEnded ? 'succeeded' : told.state;
      });
      const fixedMs = this.clock.monotonic() - startedAtMs - dataMs;
      return { outcome: outcomeOf(reached), state, fixedMs, dataMs };
    } catch (error) {
      const isUnknown = error instanceof DatabaseUnavailableError && reached !== undefined;
      if (isUnknown) return this.findOut(leased, owner, { reached: outcomeOf(reached), dataMs }, error);
      throw error;
    }
  }

  /** The connection was lost when everything was sent: only the cursor knows what became of the COMMIT. */
  private async findOut(
    { job, part }: LeasedPartition,
    owner: string,
    { reached, dataMs }: { readonly reached: ChunkOutcome; readonly dataMs: number },
    error: unknown,
  ): Promise<WrittenChunk> {
    const isThere = await this.partitions.isAt(job.id, part, owner, reached.to);
    if (!isThere) throw error;
    return { outcome: reached, state: 'running', fixedMs: 0, dataMs };
  }
}

function outcomeOf(reached: ChunkOutcome | undefined): ChunkOutcome {
  if (reached === undefined) throw new TypeError('a chunk that was committed has an outcome');
  return reached;
}
