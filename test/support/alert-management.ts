import { AlertDelivery } from '../../src/alerting/delivery/alert-delivery.js';
import { DeliveryRepository } from '../../src/alerting/delivery/delivery.repository.js';
import { AddressGuard } from '../../src/alerting/delivery/http/address-guard.js';
import { LostNotices } from '../../src/alerting/delivery/lost-notices.js';
import { LostNoticeRepository } from '../../src/alerting/delivery/lost-notices.repository.js';
import { AlertOutbox } from '../../src/alerting/delivery/outbox.js';
import { OutboxRepository } from '../../src/alerting/delivery/outbox.repository.js';
import { AlertReceivers } from '../../src/alerting/management/alert-receivers.js';
import { AlertRepository } from '../../src/alerting/management/alert.repository.js';
import { AlertRules } from '../../src/alerting/management/alert-rules.js';
import { Alerts } from '../../src/alerting/management/alerts.js';
import type { AlertingCaller, RecordedChange } from '../../src/alerting/management/caller.js';
import { KnownReceivers } from '../../src/alerting/management/known-receivers.js';
import { ReceiverRepository } from '../../src/alerting/management/receiver.repository.js';
import { RuleRepository } from '../../src/alerting/management/rule.repository.js';
import { SilenceRepository } from '../../src/alerting/management/silence.repository.js';
import { Silences } from '../../src/alerting/management/silences.js';
import { OwnSignals } from '../../src/alerting/signals/own-signals.js';
import { BurnRateObserver } from '../../src/alerting/slos/burn-rate-observer.js';
import { SloRepository } from '../../src/alerting/slos/slo.repository.js';
import { SloRules } from '../../src/alerting/slos/slo-rules.js';
import { SloStatus } from '../../src/alerting/slos/slo-status.js';
import { Slos } from '../../src/alerting/slos/slos.js';
import { readSettings } from '../../src/config/index.js';
import type { Database } from '../../src/platform/database/index.js';
import { HealthIndicators } from '../../src/platform/health/index.js';
import { MetricRegistry } from '../../src/platform/telemetry/index.js';
import { EVALUATION_CONFIG, evaluatorOn } from './alert-evaluation.js';
import { eventSharesOn } from './collectors.js';

/** What is managed of alerting, wired by hand over one database. Nothing is sent to receivers. */
export function managementOn(db: Database, env: Readonly<Record<string, string>> = {}) {
  const { engine } = evaluatorOn(db);
  const [rules, receivers, silences, slos] = [
    new RuleRepository(db),
    new ReceiverRepository(db),
    new SilenceRepository(db),
    new SloRepository(db),
  ];
  const known = new KnownReceivers(receivers);
  const shares = eventSharesOn(db);
  const lost = new LostNotices(
    new DeliveryRepository(db),
    new LostNoticeRepository(),
    new AlertOutbox(new OutboxRepository()),
    EVALUATION_CONFIG,
  );
  const signals = new OwnSignals(new MetricRegistry(), new HealthIndicators());
  const guard = new AddressGuard(readSettings(env).alertDelivery);
  return {
    rules: new AlertRules(db, rules, known, engine, signals),
    receivers: new AlertReceivers(db, receivers, undefined as unknown as AlertDelivery, guard, lost),
    silences: new Silences(db, silences),
    alerts: new Alerts(db, new AlertRepository(db), silences),
    slos: new Slos(db, slos, new SloRules(rules, engine), known),
    status: new SloStatus(db, slos, shares),
    observer: new BurnRateObserver(slos, shares),
    ruleRows: rules,
    receiverRows: receivers,
    silenceRows: silences,
  };
}

/** Somebody who changes things, and what of it came into the audit trail. */
export function callerOf(tenantId: string, { isOperator = false } = {}) {
  const recorded: RecordedChange[] = [];
  const caller: AlertingCaller = {
    ...{ tenantId, actor: 'somebody', isOperator },
    record: (_transaction, change) => {
      recorded.push(change);
      return Promise.resolve();
    },
  };
  return { caller, recorded };
}
