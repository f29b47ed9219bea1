import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../platform/database/index.js';
import { AlertEngine } from '../evaluation/alert-engine.js';
import { AlertingNameTakenError } from '../management/errors.js';
import { type RuleDefinition, RuleRepository, type StoredRule } from '../management/rule.repository.js';
import { type BurnAlert, burnAlerts } from './burn.js';
import type { Slo } from './slo.js';

const HOUR_MS = 3_600_000;

/** What the rules of an SLO have in common, beside what they watch. */
export type SloPolicy = Pick<RuleDefinition, 'receiverIds' | 'labels' | 'runbookUrl' | 'isEnabled'>;

/** Keeps the rules of an SLO as the SLO asks for them. */
@Injectable()
export class SloRules {
  constructor(
    private readonly rules: RuleRepository,
    private readonly engine: AlertEngine,
  ) {}

  /** What the rules of each SLO have in common, by its id. */
  async policiesOf(
    sloIds: readonly string[],
    transaction?: Queryable,
  ): Promise<ReadonlyMap<string, SloPolicy>> {
    const rules = await this.rules.ofSlos(sloIds, transaction);
    return new Map(
      rules.map(({ sloId, receiverIds, labels, runbookUrl, isEnabled }) => {
        const own = Object.entries(labels).filter(([name]) => name !== 'slo');
        return [sloId ?? '', { receiverIds, labels: Object.fromEntries(own), runbookUrl, isEnabled }];
      }),
    );
  }

  /**
   * Makes, changes and removes rules until they are those of the SLO; alerts of rules that go are resolved.
   * @throws AlertingNameTakenError ALERTING_NAME_TAKEN when another rule has the name of one of them
   */
  async sync(transaction: Queryable, slo: Slo, policy: SloPolicy): Promise<void> {
    const before = new Map(
      (await this.rules.lockOfSlo(transaction, slo.id)).map((rule) => [longWindowOf(rule), rule]),
    );
    for (const alert of burnAlerts(slo.windowMs)) {
      await this.put(transaction, slo, ruleOf(slo, alert, policy), before.get(alert.longWindowMs));
      before.delete(alert.longWindowMs);
    }
    for (const rule of before.values()) {
      await this.engine.resolveRule(transaction, rule, 'the SLO has no such alert any more');
      await this.rules.delete(transaction, rule.id);
    }
  }

  /** Ends the alerts of an SLO that is about to go. */
  async resolve(transaction: Queryable, sloId: string): Promise<void> {
    for (const rule of await this.rules.lockOfSlo(transaction, sloId)) {
      await this.engine.resolveRule(transaction, rule, 'the SLO was deleted');
    }
  }

  private async put(
    transaction: Queryable,
    { id: sloId, tenantId, createdBy }: Slo,
    rule: RuleDefinition,
    before: StoredRule | undefined,
  ): Promise<void> {
    if (before?.isEnabled === true && !rule.isEnabled) {
      await this.engine.resolveRule(transaction, before, 'the alerts of the SLO were disabled');
    }
    const id = before
      ? (await this.rules.update(transaction, before.id, rule)) && before.id
      : await this.rules.insert(transaction, { ...rule, tenantId, origin: 'slo', sloId, createdBy });
    if (id === undefined || id === false) throw new AlertingNameTakenError('rule', rule.name);
    await this.rules.setReceivers(transaction, id, rule.receiverIds);
  }
}

function longWindowOf({ condition }: StoredRule): number | undefined {
  return condition.kind === 'burn-rate' ? condition.longWindowMs : undefined;
}

function ruleOf(slo: Slo, alert: BurnAlert, { labels, ...policy }: SloPolicy): RuleDefinition {
  const { longWindowMs, shortWindowMs, factor, severity } = alert;
  return {
    ...policy,
    name: `${slo.name}: error budget over ${longWindowMs / HOUR_MS} h`,
    condition: { kind: 'burn-rate', sloId: slo.id, longWindowMs, shortWindowMs, factor },
    severity,
    forMs: 0,
    keepFiringMs: 0,
    missingData: 'ok',
    labels: { ...labels, slo: slo.name },
    summary: null,
  };
}
