import type { Clock, Timer } from '../../kernel/clock.js';
import type { JobState, LeasedPartition } from '../queue/batch-job.js';
import { LEASE_MS, type PartitionRepository } from '../queue/partition.repository.js';

const PROLONGED_PER_LEASE = 4;

/** What a lease needs around it. */
export interface LeaseParts {
  readonly partitions: PartitionRepository;
  readonly clock: Clock;
  /** Told of each time it could not be prolonged: if that lasts, the next checkpoint fails as well. */
  readonly onFailure: () => void;
}

/**
 * However long a chunk or a wait takes, the partition stays with its worker until `letGo`. What a checkpoint would tell
 * is heard here by workers that wait: `signal` aborts when the process stops, and within a quarter of the lease when
 * the job was paused or cancelled, or the partition is somebody else's.
 */
export class PartitionLease {
  private readonly waits = new AbortController();
  private timer: Timer | undefined;
  private told: 'paused' | 'lost' | undefined;
  private readonly stop = (): void => this.waits.abort();

  constructor(
    private readonly leased: LeasedPartition,
    private readonly owner: string,
    private readonly stopping: AbortSignal,
    private readonly parts: LeaseParts,
  ) {
    if (stopping.aborted) this.stop();
    else stopping.addEventListener('abort', this.stop, { once: true });
    this.prolongSoon();
  }

  get signal(): AbortSignal {
    return this.waits.signal;
  }

  /** Why the worker should go no further. */
  get end(): 'stopped' | 'paused' | 'lost' | undefined {
    return this.stopping.aborted ? 'stopped' : this.told;
  }

  letGo(): void {
    this.timer?.cancel();
    this.stopping.removeEventListener('abort', this.stop);
  }

  private prolongSoon(): void {
    const { partitions, clock, onFailure } = this.parts;
    const { job, part } = this.leased;
    this.timer = clock.after(LEASE_MS / PROLONGED_PER_LEASE, () => {
      this.prolongSoon();
      partitions.prolong(job.id, part, this.owner).then((state) => this.hear(state), onFailure);
    });
  }

  private hear(state: JobState | undefined): void {
    if (state === 'queued' || state === 'running') return;
    this.told ??= state === undefined ? 'lost' : 'paused';
    this.waits.abort();
  }
}
