import type { RedisLink } from '../../platform/redis/index.js';

/** Longer commands keep other clients waiting. */
const MOST_KEYS = 128;

interface Waiting {
  readonly key: string;
  readonly resolve: (raw: Buffer | null) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects the reads of one turn of the event loop into few commands. On a cluster each key is asked for by itself:
 * the keys of one command must share a slot, and random keys do not.
 */
export class BatchedReads {
  private waiting: Waiting[] = [];

  constructor(private readonly redis: RedisLink) {}

  /** @param key of Redis */
  read(key: string): Promise<Buffer | null> {
    return new Promise((resolve, reject) => {
      if (this.waiting.push({ key, resolve, reject }) === 1) process.nextTick(() => this.send());
    });
  }

  private send(): void {
    const all = this.waiting;
    this.waiting = [];
    const size = this.redis.isCluster ? 1 : MOST_KEYS;
    for (let start = 0; start < all.length; start += size) void this.ask(all.slice(start, start + size));
  }

  private async ask(batch: readonly Waiting[]): Promise<void> {
    try {
      const values = await this.redis.run((commands) => commands.mgetBuffer(batch.map(({ key }) => key)));
      for (const [index, { resolve }] of batch.entries()) resolve(values[index] ?? null);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
