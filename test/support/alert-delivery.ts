import { Test, type TestingModule } from '@nestjs/testing';
import { DELIVERY_PROVIDERS } from '../../src/alerting/delivery/delivery-providers.js';
import { AlertOutbox } from '../../src/alerting/delivery/outbox.js';
import { ReceiverRepository } from '../../src/alerting/management/receiver.repository.js';
import { SilenceRepository } from '../../src/alerting/management/silence.repository.js';
import type { AlertChange, AlertSnapshot } from '../../src/alerting/model/alert.js';
import type { ReceiverKind } from '../../src/alerting/model/receiver.js';
import { ConfigModule, readSettings } from '../../src/config/index.js';
import { sql } from '../../src/kernel/sql.js';
import { type Database, DatabaseModule } from '../../src/platform/database/index.js';
import { EventsModule } from '../../src/platform/events/index.js';
import { Logger, LoggingModule } from '../../src/platform/logging/index.js';
import { RuntimeModule } from '../../src/platform/runtime/index.js';
import { SchedulingModule } from '../../src/platform/scheduling/index.js';
import { TelemetryModule } from '../../src/platform/telemetry/index.js';
import { CollectingLogger } from './collecting-logger.js';

/** The delivery of one instance as an application has it, with a pool of its own. */
export interface DeliveryInstance {
  readonly module: TestingModule;
  readonly logger: CollectingLogger;
  close(): Promise<void>;
}

/** @param env further variables of the environment */
export async function startDelivery(
  databaseUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<DeliveryInstance> {
  const settings = readSettings({
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_MIN: '0',
    LOG_LEVEL: 'silent',
    ALERTING_ALLOWED_PRIVATE_TARGETS: '127.0.0.1',
    ...env,
  });
  const logger = new CollectingLogger();
  const module = await Test.createTestingModule({
    imports: [
      ConfigModule.forRoot(settings),
      RuntimeModule.forRoot(new AbortController().signal),
      LoggingModule,
      TelemetryModule,
      DatabaseModule,
      EventsModule,
      SchedulingModule,
    ],
    providers: [...DELIVERY_PROVIDERS, ReceiverRepository, SilenceRepository],
  })
    .overrideProvider(Logger)
    .useValue(logger)
    .compile();
  await module.init();
  return { module, logger, close: () => module.close() };
}

/** Of a test's receiver; what is left out does not wait for anything. */
export interface TestReceiver {
  readonly name?: string;
  readonly kind?: ReceiverKind;
  readonly settings?: object;
  readonly secrets?: object;
  readonly groupBy?: readonly string[];
  readonly groupWaitMs?: number;
  readonly groupIntervalMs?: number;
  readonly repeatMs?: number;
  readonly sendsResolved?: boolean;
}

const IMPATIENT = {
  kind: 'webhook',
  settings: {},
  secrets: {},
  groupBy: ['alertname'],
  groupWaitMs: 0,
  groupIntervalMs: 1,
  repeatMs: 86_400_000,
  sendsResolved: true,
};

/** Rules, receivers and changes of alerts, as the rest of the alerting would write them. */
export class AlertScene {
  private static count = 0;

  constructor(
    private readonly db: Database,
    private readonly tenantId = '1',
  ) {}

  async receiver(of: TestReceiver = {}): Promise<string> {
    AlertScene.count += 1;
    const whole = { ...IMPATIENT, name: `receiver ${AlertScene.count}`, ...of };
    const [row] = await this.db.query<{ id: string }>(sql`
      INSERT INTO alert_receivers (tenant_id, name, kind, settings, secrets, group_by, group_wait_ms,
        group_interval_ms, repeat_ms, sends_resolved, created_by)
      VALUES (${this.tenantId}, ${whole.name}, ${whole.kind}, ${JSON.stringify(whole.settings)}::jsonb,
        ${JSON.stringify(whole.secrets)}::jsonb, ${whole.groupBy}::text[], ${whole.groupWaitMs},
        ${whole.groupIntervalMs}, ${whole.repeatMs}, ${whole.sendsResolved}, 'test')
      RETURNING id`);
    return row?.id ?? '';
  }

  async rule(name = 'slow', labels: Readonly<Record<string, string>> = {}): Promise<string> {
    const [row] = await this.db.query<{ id: string }>(sql`
      INSERT INTO alert_rules (tenant_id, name, origin, condition, severity, for_ms, keep_firing_ms, missing_data,
        labels, created_by)
      VALUES (${this.tenantId}, ${name}, 'user', '{}', 'warning', 0, 0, 'ok', ${JSON.stringify(labels)}::jsonb, 'test')
      ON CONFLICT (tenant_id, name) DO UPDATE SET labels = excluded.labels RETURNING id`);
    return row?.id ?? '';
  }

  /** A change of one alert, with the state of its instance, told in one transaction like an evaluation. */
  async change(outbox: AlertOutbox, changes: readonly AlertChange[]): Promise<void> {
    const now = await this.now();
    await this.db.transaction(async (tx) => {
      for (const { alert, transition } of changes) {
        const isOver = transition === 'resolved';
        await tx.query(sql`
          INSERT INTO alert_instances (tenant_id, rule_id, fingerprint, labels, state, state_since, starts_at,
            evaluated_at)
          SELECT ${alert.tenantId}::bigint, id, ${alert.fingerprint}, ${JSON.stringify(alert.labels)}::jsonb,
            ${isOver ? 'normal' : 'firing'}, ${now}::timestamptz, ${isOver ? null : alert.startsAt}::timestamptz,
            ${now}::timestamptz
          FROM alert_rules WHERE id = ${alert.ruleId}::bigint
          ON CONFLICT (rule_id, fingerprint) DO UPDATE SET state = excluded.state, starts_at = excluded.starts_at`);
      }
      await outbox.enqueue(tx, changes, now);
    });
  }

  async now(): Promise<Date> {
    const [row] = await this.db.query<{ at: Date }>(sql`SELECT clock_timestamp() AS at`);
    return row?.at ?? new Date();
  }

  /** How many rows of the outbox are in each state. */
  async states(): Promise<Readonly<Record<string, number>>> {
    const rows = await this.db.query<{ state: string; rows: number }>(
      sql`SELECT state, count(*)::int AS rows FROM alert_outbox GROUP BY state ORDER BY state`,
    );
    return Object.fromEntries(rows.map(({ state, rows: count }) => [state, count]));
  }
}

/** An alert that fires. */
export function firingAlert(of: Partial<AlertSnapshot> & Pick<AlertSnapshot, 'ruleId'>): AlertSnapshot {
  const { labels = {}, severity = 'warning', ruleName = 'slow' } = of;
  return {
    tenantId: '1',
    fingerprint: '00000000000000aa',
    state: 'firing',
    summary: 'durationMs is above 100',
    detail: null,
    value: 120,
    startsAt: '2026-01-01T00:00:00.000Z',
    endsAt: null,
    predictedAt: null,
    runbookUrl: null,
    ...of,
    ruleName,
    severity,
    labels: { alertname: ruleName, severity, ...labels },
  };
}

/** The same alert, resolved. */
export function resolvedAlert(alert: AlertSnapshot): AlertSnapshot {
  return { ...alert, state: 'normal', endsAt: '2026-01-01T00:10:00.000Z' };
}
