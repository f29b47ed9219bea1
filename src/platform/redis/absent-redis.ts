import type { OnModuleInit } from '@nestjs/common';
import type { Logger } from '../logging/index.js';
import { RedisUnavailableError } from './errors.js';
import { RedisLink } from './redis-link.js';

/** Stands in when no Redis is configured: nothing to connect, nothing to lose. */
export class AbsentRedis extends RedisLink implements OnModuleInit {
  readonly state = 'absent';
  readonly generation = 0;
  readonly isCluster = false;
  readonly publishCommand = 'PUBLISH';

  constructor(private readonly logger: Logger) {
    super();
  }

  onModuleInit(): void {
    this.logger.info('Redis is not configured; every feature works on this instance alone');
  }

  run(): Promise<never> {
    return Promise.reject(new RedisUnavailableError('REDIS_URL is not set'));
  }

  watch(): void {
    // Never connected.
  }

  subscribe(): () => void {
    // Nobody publishes.
    return () => undefined;
  }

  listen(): () => void {
    return () => undefined;
  }
}
