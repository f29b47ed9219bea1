import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  type HealthIndicator,
  HealthIndicators,
  type Reading,
  shareReading,
} from '../../platform/health/index.js';
import { BackgroundJobs } from '../../platform/scheduling/index.js';
import { type ConnectShares, GatewayFigures } from '../figures.js';
import { Sessions } from '../sessions/sessions.js';
import { Admission } from '../upgrade/admission.js';

const COMMON = { component: 'gateway', runbook: 'docs/runbooks/gateway-refusing.md' } as const;
/** What clients leave unread while they read. */
const USUAL_PENDING_BYTES = 64 * 1_024;
const STEP_MS = 15_000;
/** Steps of the window over which refusals are counted: five minutes. */
const STEPS = 20;
const GOOD_SHARE = 0.01;

/** What the gateway says of itself, and the look back it needs for that. */
@Injectable()
export class GatewayHealth implements OnModuleInit {
  private readonly past: ConnectShares[] = [];

  constructor(
    private readonly indicators: HealthIndicators,
    private readonly sessions: Sessions,
    private readonly figures: GatewayFigures,
    private readonly admission: Admission,
    private readonly jobs: BackgroundJobs,
  ) {}

  onModuleInit(): void {
    this.indicators.register(this.refusals(), this.slowReaders());
    this.jobs.register({ name: 'gateway-upkeep', everyMs: STEP_MS, run: () => this.step() });
  }

  private step(): Promise<void> {
    this.past.push(this.figures.connectShares());
    if (this.past.length > STEPS) this.past.shift();
    this.admission.prune();
    return Promise.resolve();
  }

  private refusals(): HealthIndicator {
    return {
      ...COMMON,
      name: 'refused-connects',
      title: 'The share of WebSockets that were refused for want of room',
      unit: 'ratio',
      knots: { good: GOOD_SHARE, bad: 0.5, weight: 50, scale: 'linear' },
      advice:
        'See gateway_connects_total by outcome; raise WEBSOCKET_MAX_CONNECTIONS_PER_TENANT, or look for a client that connects in a loop.',
      read: () => this.refusedShare(),
    };
  }

  private slowReaders(): HealthIndicator {
    return {
      ...COMMON,
      name: 'slow-readers',
      title: 'The share of clients that leave unread what they are sent',
      unit: 'ratio',
      knots: { good: GOOD_SHARE, bad: 0.3, weight: 50, scale: 'linear' },
      advice: 'Look at the network between clients and this instance, and at its load.',
      read: () => this.slowShare(),
    };
  }

  private refusedShare(): Reading {
    const [start = { all: 0, limited: 0 }] = this.past;
    const now = this.figures.connectShares();
    return shareReading(now.limited - start.limited, now.all - start.all, GOOD_SHARE);
  }

  private slowShare(): Reading {
    let slow = 0;
    for (const { outlet } of this.sessions.all()) if (outlet.pendingBytes > USUAL_PENDING_BYTES) slow += 1;
    return shareReading(slow, this.sessions.size, GOOD_SHARE);
  }
}
