import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { isRowId, type Page, type PageRequest } from '../../kernel/page.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import { AlertEngine } from '../evaluation/alert-engine.js';
import { OwnSignals } from '../signals/own-signals.js';
import type { AlertingCaller } from './caller.js';
import {
  AlertingInputError,
  AlertingLimitError,
  AlertingNameTakenError,
  AlertingNotFoundError,
  OperatorsOnlyError,
  RuleFixedError,
} from './errors.js';
import { KnownReceivers } from './known-receivers.js';
import { LIMITS } from './limits.js';
import { defineRule, inputOf, isOwn } from './rule-definition.js';
import type { RuleInput, RulePatch } from './rule-input.js';
import { type RuleDefinition, type RuleFilter, RuleRepository, type StoredRule } from './rule.repository.js';
import { patched } from './rule-shape.js';
import { type ShownRule, showRule } from './rule-view.js';
import { lockTenant } from './tenant-lock.repository.js';
import { holdVersion } from './versions.js';

/** The rules of tenants: what is watched, and who is told. Every change is in the audit trail. */
@Injectable()
export class AlertRules {
  constructor(
    private readonly db: Database,
    private readonly rules: RuleRepository,
    private readonly receivers: KnownReceivers,
    private readonly engine: AlertEngine,
    private readonly signals: OwnSignals,
  ) {}

  /** In the order of creation. */
  async list(filter: RuleFilter, page: PageRequest): Promise<Page<ShownRule>> {
    const { items, nextCursor } = await this.rules.list(filter, page);
    return { items: items.map(showRule), nextCursor };
  }

  /** @throws AlertingNotFoundError ALERTING_NOT_FOUND, also for a rule of another tenant */
  async get(tenantId: string, id: string): Promise<ShownRule> {
    const rule = isRowId(id) ? await this.rules.find(tenantId, id) : undefined;
    if (rule === undefined) throw new AlertingNotFoundError('rule', id);
    return showRule(rule);
  }

  /**
   * @throws AlertingInputError ALERTING_INPUT_INVALID
   * @throws OperatorsOnlyError ALERTING_OPERATORS_ONLY for a rule on the server itself
   * @throws AlertingNameTakenError ALERTING_NAME_TAKEN
   * @throws AlertingLimitError ALERTING_LIMIT_REACHED
   */
  create(caller: AlertingCaller, input: RuleInput): Promise<ShownRule> {
    const rule = defineRule(input);
    if (isOwn(rule) && !caller.isOperator) throw new OperatorsOnlyError();
    this.refuseUnknownSignal(inputOf(rule));
    const { tenantId, actor: createdBy } = caller;
    return this.db.transaction(async (transaction) => {
      await lockTenant(transaction, tenantId);
      if ((await this.rules.countOwn(transaction, tenantId)) >= LIMITS.rules) {
        throw new AlertingLimitError('rule', LIMITS.rules);
      }
      await this.receivers.hold(transaction, tenantId, rule.receiverIds);
      const id = await this.rules.insert(transaction, {
        ...rule,
        tenantId,
        origin: 'user',
        sloId: null,
        createdBy,
      });
      if (id === undefined) throw new AlertingNameTakenError('rule', rule.name);
      await this.rules.setReceivers(transaction, id, rule.receiverIds);
      await caller.record(transaction, {
        action: 'alert-rule.created',
        subject: id,
        details: { ...inputOf(rule) },
      });
      return this.shown(transaction, tenantId, id);
    });
  }

  /**
   * Puts another rule in the place of this one; its alerts stay, and are judged by the new one.
   * @throws as `create` and `change`
   */
  replace(
    caller: AlertingCaller,
    id: string,
    { version, ...input }: RuleInput & Pick<RulePatch, 'version'>,
  ): Promise<ShownRule> {
    return this.modify(caller, { id, version }, () => input);
  }

  /**
   * Changes some fields.
   * @throws AlertingNotFoundError ALERTING_NOT_FOUND
   * @throws AlertingVersionError ALERTING_VERSION_CONFLICT
   * @throws RuleFixedError ALERTING_RULE_FIXED
   * @throws as `create`
   */
  change(caller: AlertingCaller, id: string, { version, ...patch }: RulePatch): Promise<ShownRule> {
    return this.modify(caller, { id, version }, (rule) => patched(inputOf(rule), patch));
  }

  /**
   * Ends its alerts, which is told, and forgets the rule; history stays.
   * @throws AlertingNotFoundError ALERTING_NOT_FOUND
   * @throws AlertingVersionError ALERTING_VERSION_CONFLICT
   * @throws RuleFixedError ALERTING_RULE_FIXED
   */
  async delete(caller: AlertingCaller, id: string, version?: number): Promise<void> {
    await this.db.transaction(async (transaction) => {
      const rule = await this.lockOf(transaction, caller, { id, version });
      if (rule.origin !== 'user') throw new RuleFixedError(id, rule.origin);
      await this.engine.resolveRule(transaction, rule, 'the rule was deleted');
      await this.rules.delete(transaction, id);
      await caller.record(transaction, {
        action: 'alert-rule.deleted',
        subject: id,
        details: { name: rule.name },
      });
    });
  }

  private modify(
    caller: AlertingCaller,
    target: Target,
    inputFor: (rule: StoredRule) => RuleInput,
  ): Promise<ShownRule> {
    const { tenantId } = caller;
    return this.db.transaction(async (transaction) => {
      const before = await this.lockOf(transaction, caller, target);
      const { id, origin } = before;
      if (origin === 'slo') throw new RuleFixedError(id, origin);
      const after = defineRule(inputFor(before));
      if (isOwn(after) && !caller.isOperator) throw new OperatorsOnlyError();
      if (inputOf(after).signal !== inputOf(before).signal) this.refuseUnknownSignal(inputOf(after));
      if (origin === 'built-in' && !isDeepStrictEqual(identityOf(before), identityOf(after))) {
        throw new RuleFixedError(id, origin);
      }
      await this.receivers.hold(transaction, tenantId, after.receiverIds);
      if (before.isEnabled && !after.isEnabled) {
        await this.engine.resolveRule(transaction, before, 'the rule was disabled');
      }
      if (!(await this.rules.update(transaction, id, after))) {
        throw new AlertingNameTakenError('rule', after.name);
      }
      await this.rules.setReceivers(transaction, id, after.receiverIds);
      await caller.record(transaction, {
        action: 'alert-rule.updated',
        subject: id,
        details: changesOf(before, after),
      });
      return this.shown(transaction, tenantId, id);
    });
  }

  /** All instances measure the same: what this one does not know would be a typing error that never fires. */
  private refuseUnknownSignal({ signal }: RuleInput): void {
    if (signal === undefined || this.signals.has(signal)) return;
    const message =
      'is no metric or health indicator of the server: see GET /metrics and GET /metrics/health';
    throw new AlertingInputError([{ path: 'signal', message }]);
  }

  private async lockOf(
    transaction: Queryable,
    { tenantId, isOperator }: AlertingCaller,
    { id, version }: Target,
  ): Promise<StoredRule> {
    await lockTenant(transaction, tenantId);
    const rule = isRowId(id) ? await this.rules.lock(transaction, tenantId, id) : undefined;
    if (rule === undefined) throw new AlertingNotFoundError('rule', id);
    if ((isOwn(rule) || rule.origin === 'built-in') && !isOperator) throw new OperatorsOnlyError();
    holdVersion('rule', rule, version);
    return rule;
  }

  private async shown(transaction: Queryable, tenantId: string, id: string): Promise<ShownRule> {
    const rule = await this.rules.lock(transaction, tenantId, id);
    if (rule === undefined) throw new AlertingNotFoundError('rule', id);
    return showRule(rule);
  }
}

/** Which rule, and the version that its change is based on. */
interface Target {
  readonly id: string;
  readonly version?: number | undefined;
}

/** What a built-in rule keeps. */
function identityOf(rule: RuleDefinition): Partial<RuleInput> {
  const { name, kind, signal, signalLabels, aggregation } = inputOf(rule);
  return { name, kind, signal, signalLabels, aggregation };
}

/** The fields that are different, as they are now. */
function changesOf(before: RuleDefinition, after: RuleDefinition): Record<string, unknown> {
  const old = new Map<string, unknown>(Object.entries(inputOf(before)));
  const changed = Object.entries(inputOf(after)).filter(
    ([name, value]) => !isDeepStrictEqual(old.get(name), value),
  );
  return { name: after.name, changes: Object.fromEntries(changed) };
}
