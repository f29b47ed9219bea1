import { Injectable } from '@nestjs/common';
import { type CacheEvent, CacheEvents } from '../../cache/index.js';
import { Peers } from '../../platform/scheduling/index.js';

/** Answers computed from events, wherever they are kept. */
@Injectable()
export class CachedAnswers {
  constructor(
    private readonly cache: CacheEvents,
    private readonly peers: Peers,
  ) {}

  /** Ends when nobody gives answers from before any more. */
  async outdate(event: CacheEvent): Promise<void> {
    await Promise.all([this.cache.announce(event), this.peers.known()]);
  }
}
