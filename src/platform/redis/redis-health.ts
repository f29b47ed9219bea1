import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type CheckResult, Readiness } from '../health/index.js';
import { MetricRegistry } from '../telemetry/index.js';
import { RedisLink } from './redis-link.js';

/** Tells readiness and metrics about Redis. Its loss degrades the instance and takes nothing away from it. */
@Injectable()
export class RedisHealth implements OnModuleInit {
  constructor(
    private readonly redis: RedisLink,
    private readonly readiness: Readiness,
    private readonly registry: MetricRegistry,
  ) {}

  onModuleInit(): void {
    this.readiness.register({ name: 'redis', isRequired: false, check: () => this.check() });
    this.registry.observedGauge(
      'redis_up',
      { help: '1 while Redis answers, 0 while it does not or is not configured.' },
      () => (this.redis.state === 'connected' ? 1 : 0),
    );
  }

  private async check(): Promise<CheckResult> {
    if (this.redis.state === 'absent') return { status: 'absent' };
    await this.redis.run((commands) => commands.ping());
    return { status: 'up' };
  }
}
