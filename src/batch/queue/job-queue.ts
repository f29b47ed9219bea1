import { Injectable } from '@nestjs/common';
import { Logger } from '../../platform/logging/index.js';
import { BatchMetrics } from '../batch-metrics.js';
import type { LeasedPartition } from './batch-job.js';
import { JobRepository } from './job.repository.js';
import { PartitionRepository } from './partition.repository.js';

/** A partition that could not be worked off, for a reason of this process, waits this long for another worker. */
const LATER_MS = 5_000;

/** Partitions in, partitions out. */
@Injectable()
export class JobQueue {
  constructor(
    private readonly jobs: JobRepository,
    private readonly partitions: PartitionRepository,
    private readonly metrics: BatchMetrics,
    private readonly logger: Logger,
  ) {}

  /** Never rejects: a database that is away has no work. */
  async claim(owner: string): Promise<LeasedPartition | undefined> {
    try {
      const leased = await this.partitions.claim(owner);
      if (leased !== undefined) await this.jobs.start(leased.job.id);
      return leased;
    } catch (error) {
      this.metrics.errors.increment({ where: 'claim' });
      this.logger.debug('Batch workers could not look for work', { err: error });
      return undefined;
    }
  }

  /** Never rejects. Whatever becomes of it, the partition is given back. */
  async workOff(
    { job, part }: LeasedPartition,
    owner: string,
    work: () => Promise<'done' | 'stopped' | 'lost' | 'failed' | 'paused' | 'later'>,
  ): Promise<void> {
    const outcome = await work();
    this.metrics.pickups.increment({ outcome });
    if (outcome === 'done' || outcome === 'lost') return;
    try {
      await this.partitions.release(job.id, part, owner, outcome === 'later' ? LATER_MS : 0);
      if (outcome === 'stopped') await this.partitions.announce();
    } catch (error) {
      this.metrics.errors.increment({ where: 'release' });
      this.logger.warn('A partition could not be given back; its lease runs out', {
        job: job.id,
        part,
        err: error,
      });
    }
  }
}
