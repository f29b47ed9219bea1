import type { AlertEvaluationConfig } from '../../src/config/index.js';
import { AlertOutbox } from '../../src/alerting/delivery/outbox.js';
import { OutboxRepository } from '../../src/alerting/delivery/outbox.repository.js';
import { AlertEngine } from '../../src/alerting/evaluation/alert-engine.js';
import { AlertStateRepository } from '../../src/alerting/evaluation/alert-state.repository.js';
import { AlertingUpkeep } from '../../src/alerting/evaluation/alerting-upkeep.js';
import { Evaluation, EvaluationParts } from '../../src/alerting/evaluation/evaluation.js';
import { EvaluationMetrics } from '../../src/alerting/evaluation/evaluation-metrics.js';
import { TransitionPartitionRepository } from '../../src/alerting/evaluation/history-partitions.repository.js';
import { RuleSet } from '../../src/alerting/evaluation/rule-set.js';
import { RuleSetRepository } from '../../src/alerting/evaluation/rule-set.repository.js';
import { StateWriter } from '../../src/alerting/evaluation/state-writer.js';
import { ThresholdObserver } from '../../src/alerting/evaluation/threshold-observer.js';
import { RuleRepository } from '../../src/alerting/management/rule.repository.js';
import type { Condition } from '../../src/alerting/model/condition.js';
import type { Observer } from '../../src/alerting/model/observer.js';
import { ReportedSignals } from '../../src/alerting/signals/reported-signals.js';
import { SignalRepository } from '../../src/alerting/signals/signal.repository.js';
import { type Clock, SystemClock } from '../../src/kernel/clock.js';
import { sql } from '../../src/kernel/sql.js';
import type { Database, Queryable } from '../../src/platform/database/index.js';
import { MetricRegistry } from '../../src/platform/telemetry/index.js';
import { CollectingLogger } from './collecting-logger.js';
import { measurementWindowsOn } from './collectors.js';

/** The settings users get. */
export const EVALUATION_CONFIG: AlertEvaluationConfig = {
  evaluateEveryMs: 5_000,
  eventDelayMs: 15_000,
  historyDays: 90,
  runbookBaseUrl: 'https://runbooks.example',
};

/** States on the time that a test chooses, in the place of the database's clock. */
class StatesAt extends AlertStateRepository {
  constructor(
    db: Database,
    private readonly at: (() => Date) | undefined,
  ) {
    super(db);
  }

  override now(db?: Queryable): Promise<Date> {
    return this.at === undefined ? super.now(db) : Promise.resolve(this.at());
  }
}

/** What a test may choose. */
export interface EvaluatorOptions {
  /** Instead of the database's clock. */
  readonly at?: () => Date;
  readonly observers?: readonly Observer[];
  readonly states?: AlertStateRepository;
  /** Of the process. */
  readonly clock?: Clock;
  readonly config?: Partial<AlertEvaluationConfig>;
}

/** An evaluator as an instance has it, wired by hand over one database. */
export function evaluatorOn(db: Database, options: EvaluatorOptions = {}) {
  const config = { ...EVALUATION_CONFIG, ...options.config };
  const states = options.states ?? new StatesAt(db, options.at);
  const registry = new MetricRegistry();
  const logger = new CollectingLogger();
  const signals = new SignalRepository(db);
  const writer = new StateWriter(db, states, new AlertOutbox(new OutboxRepository()), config);
  const threshold = new ThresholdObserver(measurementWindowsOn(db), new ReportedSignals(signals), config);
  const parts = new EvaluationParts(
    new RuleSet(new RuleSetRepository(db), new RuleRepository(db)),
    states,
    writer,
    new EvaluationMetrics(registry),
    options.observers ?? [threshold],
  );
  const evaluation = new Evaluation(parts, options.clock ?? new SystemClock(), logger, config);
  return {
    evaluate: () => evaluation.run(new AbortController().signal),
    engine: new AlertEngine(states, writer),
    upkeep: new AlertingUpkeep(states, new TransitionPartitionRepository(db), signals, config),
    states,
    writer,
    registry,
    logger,
  };
}

/** A rule as tests need it; the rest has defaults. */
export interface TestRule {
  readonly tenantId: string;
  readonly name: string;
  readonly condition: Condition;
  readonly forMs?: number;
  readonly keepFiringMs?: number;
  readonly missingData?: string;
  readonly receiverIds?: readonly string[];
}

/** Stores a rule; answers its id. */
export async function storeRule(db: Database, rule: TestRule): Promise<string> {
  const { forMs = 0, keepFiringMs = 0, missingData = 'no-data' } = rule;
  const [row] = await db.query<{ id: string }>(sql`
    INSERT INTO alert_rules (tenant_id, name, origin, condition, severity, for_ms, keep_firing_ms, missing_data, labels,
      created_by)
    VALUES (${rule.tenantId}::bigint, ${rule.name}, 'user', ${JSON.stringify(rule.condition)}::jsonb, 'warning', ${forMs},
      ${keepFiringMs}, ${missingData}, '{"team": "shop"}', 'test')
    RETURNING id`);
  await db.query(sql`
    INSERT INTO alert_rule_receivers (rule_id, receiver_id)
    SELECT ${row?.id}::bigint, receiver FROM unnest(${rule.receiverIds ?? []}::bigint[]) AS receiver`);
  return row?.id ?? '';
}

/** A receiver that nobody sends to; answers its id. */
export async function storeReceiver(db: Database, tenantId: string): Promise<string> {
  const [row] = await db.query<{ id: string }>(sql`
    INSERT INTO alert_receivers (tenant_id, name, kind, settings, group_by, group_wait_ms, group_interval_ms, repeat_ms,
      sends_resolved, created_by)
    VALUES (${tenantId}::bigint, 'receiver', 'gateway', '{}', '{}', 0, 1000, 3600000, true, 'test') RETURNING id`);
  return row?.id ?? '';
}
