import type { Provider } from '@nestjs/common';
import { ActivityMonitor } from './activity-monitor.js';
import { ActivityRepository } from './activity.repository.js';
import { LockWatch } from './lock-watch.js';
import { MonitorMetrics } from './monitor-metrics.js';
import { Monitors } from './monitors.js';
import { MonitorsLife } from './monitors-life.js';
import { ServerFacts } from './server-facts.js';
import { ServerFactsRepository } from './server-facts.repository.js';
import { ServerReport } from './server-report.js';
import { ServerStatements } from './server-statements.js';
import { ServerStatementsRepository } from './server-statements.repository.js';

/** The monitors of the server, and their life. */
export const MONITOR_PROVIDERS: Provider[] = [
  ActivityMonitor,
  ActivityRepository,
  LockWatch,
  MonitorMetrics,
  Monitors,
  MonitorsLife,
  ServerFacts,
  ServerFactsRepository,
  ServerReport,
  ServerStatements,
  ServerStatementsRepository,
];
