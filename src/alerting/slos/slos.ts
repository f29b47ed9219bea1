import { Injectable } from '@nestjs/common';
import { isRowId, type Page, type PageRequest } from '../../kernel/page.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { AlertingCaller } from '../management/caller.js';
import { AlertingLimitError, AlertingNameTakenError, AlertingNotFoundError } from '../management/errors.js';
import { LIMITS } from '../management/limits.js';
import { KnownReceivers } from '../management/known-receivers.js';
import { lockTenant } from '../management/tenant-lock.repository.js';
import { holdVersion } from '../management/versions.js';
import { defineSlo, type SloInput, sloInputOf, type SloPatch } from './slo-input.js';
import { type SloPolicy, SloRules } from './slo-rules.js';
import type { Slo } from './slo.js';
import { SloRepository } from './slo.repository.js';

/** An SLO as it is shown: as it was written, with what was left out. */
export type ShownSlo = SloInput & Pick<Slo, 'id' | 'version' | 'createdBy' | 'createdAt' | 'updatedAt'>;

const NO_POLICY: SloPolicy = { receiverIds: [], labels: {}, runbookUrl: null, isEnabled: true };

/** Service level objectives of tenants, each with the rules that watch its budget. */
@Injectable()
export class Slos {
  constructor(
    private readonly db: Database,
    private readonly slos: SloRepository,
    private readonly rules: SloRules,
    private readonly receivers: KnownReceivers,
  ) {}

  /** In the order of creation. */
  async list(tenantId: string, page: PageRequest): Promise<Page<ShownSlo>> {
    const { items, nextCursor } = await this.slos.list(tenantId, page);
    const policies = await this.rules.policiesOf(items.map(({ id }) => id));
    return { items: items.map((slo) => showSlo(slo, policies.get(slo.id) ?? NO_POLICY)), nextCursor };
  }

  /** @throws AlertingNotFoundError ALERTING_NOT_FOUND, also for an SLO of another tenant */
  async get(tenantId: string, id: string): Promise<ShownSlo> {
    const slo = isRowId(id) ? await this.slos.find(this.db, tenantId, id) : undefined;
    if (slo === undefined) throw new AlertingNotFoundError('SLO', id);
    return showSlo(slo, (await this.rules.policiesOf([id])).get(id) ?? NO_POLICY);
  }

  /**
   * Makes it with its alerts.
   * @throws AlertingInputError ALERTING_INPUT_INVALID
   * @throws AlertingNameTakenError ALERTING_NAME_TAKEN
   * @throws AlertingLimitError ALERTING_LIMIT_REACHED
   */
  create(caller: AlertingCaller, input: SloInput): Promise<ShownSlo> {
    const definition = defineSlo(input);
    const { tenantId, actor: createdBy } = caller;
    return this.db.transaction(async (transaction) => {
      await lockTenant(transaction, tenantId);
      if ((await this.slos.count(transaction, tenantId)) >= LIMITS.slos) {
        throw new AlertingLimitError('SLO', LIMITS.slos);
      }
      const slo = await this.slos.insert(transaction, { ...definition, tenantId, createdBy });
      if (slo === undefined) throw new AlertingNameTakenError('SLO', definition.name);
      return this.settle(transaction, caller, { slo, policy: policyOf(input), action: 'slo.created' });
    });
  }

  /**
   * Puts another SLO in the place of this one.
   * @throws as `create` and `change`
   */
  replace(
    caller: AlertingCaller,
    id: string,
    { version, ...input }: SloInput & Pick<SloPatch, 'version'>,
  ): Promise<ShownSlo> {
    return this.modify(caller, { id, version }, () => input);
  }

  /**
   * Changes some fields; its alerts follow.
   * @throws AlertingNotFoundError ALERTING_NOT_FOUND
   * @throws AlertingVersionError ALERTING_VERSION_CONFLICT
   * @throws as `create`
   */
  change(caller: AlertingCaller, id: string, { version, ...patch }: SloPatch): Promise<ShownSlo> {
    return this.modify(caller, { id, version }, (before) => patched(before, patch));
  }

  /**
   * With its alerts, whose end is told.
   * @throws AlertingNotFoundError ALERTING_NOT_FOUND
   * @throws AlertingVersionError ALERTING_VERSION_CONFLICT
   */
  async delete(caller: AlertingCaller, id: string, version?: number): Promise<void> {
    await this.db.transaction(async (transaction) => {
      const { name } = await this.lockOf(transaction, caller.tenantId, { id, version });
      await this.rules.resolve(transaction, id);
      await this.slos.delete(transaction, id);
      await caller.record(transaction, { action: 'slo.deleted', subject: id, details: { name } });
    });
  }

  private modify(
    caller: AlertingCaller,
    target: Target,
    inputFor: (before: SloInput) => SloInput,
  ): Promise<ShownSlo> {
    return this.db.transaction(async (transaction) => {
      const before = await this.lockOf(transaction, caller.tenantId, target);
      const policy = (await this.rules.policiesOf([before.id], transaction)).get(before.id) ?? NO_POLICY;
      const input = inputFor({ ...sloInputOf(before), ...policyInput(policy) });
      const slo = await this.slos.update(transaction, before.id, defineSlo(input));
      if (slo === undefined) throw new AlertingNameTakenError('SLO', input.name);
      return this.settle(transaction, caller, { slo, policy: policyOf(input), action: 'slo.updated' });
    });
  }

  private async settle(
    transaction: Queryable,
    caller: AlertingCaller,
    { slo, policy, action }: { slo: Slo; policy: SloPolicy; action: string },
  ): Promise<ShownSlo> {
    await this.receivers.hold(transaction, caller.tenantId, policy.receiverIds);
    await this.rules.sync(transaction, slo, policy);
    const details = { ...sloInputOf(slo), ...policyInput(policy) };
    await caller.record(transaction, { action, subject: slo.id, details });
    return showSlo(slo, policy);
  }

  private async lockOf(transaction: Queryable, tenantId: string, { id, version }: Target): Promise<Slo> {
    await lockTenant(transaction, tenantId);
    const slo = isRowId(id) ? await this.slos.find(transaction, tenantId, id) : undefined;
    if (slo === undefined) throw new AlertingNotFoundError('SLO', id);
    holdVersion('SLO', slo, version);
    return slo;
  }
}

/** Which SLO, and the version that its change is based on. */
interface Target {
  readonly id: string;
  readonly version?: number | undefined;
}

function policyOf({ receivers, labels, runbookUrl, isEnabled }: SloInput): SloPolicy {
  return {
    receiverIds: receivers ?? NO_POLICY.receiverIds,
    labels: labels ?? NO_POLICY.labels,
    runbookUrl: runbookUrl ?? NO_POLICY.runbookUrl,
    isEnabled: isEnabled ?? NO_POLICY.isEnabled,
  };
}

function policyInput({ receiverIds, labels, runbookUrl, isEnabled }: SloPolicy): Partial<SloInput> {
  return { receivers: [...receiverIds], labels, runbookUrl, isEnabled };
}

/** Another indicator leaves the bound of the one before behind. */
function patched(before: SloInput, patch: Omit<SloPatch, 'version'>): SloInput {
  const changes = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
  const { boundMs, ...rest } = before;
  const keeps = boundMs !== undefined && patch.indicator !== 'success';
  return { ...rest, ...(keeps && { boundMs }), ...changes };
}

function showSlo(slo: Slo, policy: SloPolicy): ShownSlo {
  const { id, version, createdBy, createdAt, updatedAt } = slo;
  return { id, ...sloInputOf(slo), ...policyInput(policy), version, createdBy, createdAt, updatedAt };
}
