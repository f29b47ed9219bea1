import { Injectable } from '@nestjs/common';
import { ActivityMonitor } from './activity-monitor.js';
import { LockWatch } from './lock-watch.js';
import { MonitorMetrics } from './monitor-metrics.js';
import { ServerFacts } from './server-facts.js';
import { ServerStatements } from './server-statements.js';

/** All that looks at the server. */
@Injectable()
export class Monitors {
  constructor(
    readonly activity: ActivityMonitor,
    readonly locks: LockWatch,
    readonly statements: ServerStatements,
    readonly facts: ServerFacts,
    private readonly metrics: MonitorMetrics,
  ) {}

  /** @throws DatabaseUnavailableError, and so do all that follow */
  lookAtActivity(): Promise<void> {
    return this.activity.look();
  }

  async lookAtDatabase(): Promise<void> {
    this.metrics.deadlocks.increment({}, await this.facts.lookAtDatabase());
  }

  lookAtRelations(): Promise<void> {
    return this.facts.lookAtRelations();
  }

  lookAtStatements(): Promise<void> {
    return this.statements.look();
  }
}
