import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CACHE_CONFIG, type CacheConfig } from '../../config/index.js';
import { RedisLink } from '../../platform/redis/index.js';
import { Peers } from '../../platform/scheduling/index.js';

/**
 * Whether layouts may be read from the cache. With Redis always: it tells all instances of changes. Without it an
 * instance hears of its own changes only, so it must be the only one on the database.
 */
@Injectable()
export class KeepingGate implements OnModuleInit {
  constructor(
    private readonly peers: Peers,
    private readonly redis: RedisLink,
    @Inject(CACHE_CONFIG) private readonly config: CacheConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    if (!this.isTold && this.config.isEnabled) await this.peers.watch();
  }

  /** Undefined: not now. What was kept under another number is not to be used. */
  get generation(): number | undefined {
    if (!this.config.isEnabled) return undefined;
    return this.isTold ? 0 : this.peers.alone;
  }

  private get isTold(): boolean {
    return this.redis.state !== 'absent';
  }
}
