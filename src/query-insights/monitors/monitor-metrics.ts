import { Injectable } from '@nestjs/common';
import { type Counter, MetricRegistry } from '../../platform/telemetry/index.js';
import { ActivityMonitor } from './activity-monitor.js';
import { LockWatch } from './lock-watch.js';
import { ServerFacts } from './server-facts.js';
import { ServerStatements } from './server-statements.js';

const MS_PER_SECOND = 1_000;

/** What the monitors of the server tell Prometheus. */
@Injectable()
export class MonitorMetrics {
  /** Deadlocks the server has ended, whoever ran into them; late by up to half a minute. */
  readonly deadlocks: Counter;

  constructor(
    registry: MetricRegistry,
    activity: ActivityMonitor,
    locks: LockWatch,
    statements: ServerStatements,
    facts: ServerFacts,
  ) {
    this.deadlocks = registry.counter('database_deadlocks_total', {
      help: 'Deadlocks the server has ended in this database since this process looks, whoever ran into them.',
    });
    registry.observedGauge(
      'query_source_up',
      { help: '1 while a source of query insights answers, 0 while it does not.' },
      () =>
        [activity.source, statements.source].map(({ name, state }) => ({
          labels: { source: name },
          value: state === 'unavailable' ? 0 : 1,
        })),
    );
    registry.observedGauge(
      'database_lock_waiters',
      { help: 'Sessions of this database that waited for a lock at the last look.' },
      () => locks.current.waiting,
    );
    registry.observedGauge(
      'database_lock_wait_longest_seconds',
      { help: 'The longest of these waits, in seconds.' },
      () => locks.longestWaitMs / MS_PER_SECOND,
    );
    registry.observedGauge(
      'database_active_sessions',
      { help: 'Sessions of this database that ran a statement at the last look.' },
      () => activity.lastMinute.at(-1)?.active ?? 0,
    );
    registry.observedGauge(
      'database_idle_transactions',
      { help: 'Sessions that kept a transaction open and had done nothing for 10 s.' },
      () => facts.current.idleTransactions.length,
    );
    registry.observedGauge(
      'database_oldest_transaction_ids',
      { help: 'Transaction ids used since the oldest database was frozen; 2^31 is the end.' },
      () => facts.current.relations?.wraparound?.oldestTransactions ?? 0,
    );
  }
}
