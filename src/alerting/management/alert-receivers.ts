import { Injectable } from '@nestjs/common';
import { isRowId, type Page, type PageRequest } from '../../kernel/page.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import { AlertDelivery, type TestOutcome } from '../delivery/alert-delivery.js';
import { AddressGuard } from '../delivery/http/address-guard.js';
import { LostNotices } from '../delivery/lost-notices.js';
import type { AlertingCaller } from './caller.js';
import { AlertingLimitError, AlertingNameTakenError, AlertingNotFoundError } from './errors.js';
import { LIMITS } from './limits.js';
import { auditedReceiver, defineReceiver, patchReceiver, targetOf } from './receiver-definition.js';
import type { ReceiverInput, ReceiverPatch } from './receiver-input.js';
import {
  type ReceiverDefinition,
  ReceiverRepository,
  type SecretReceiver,
  type StoredReceiver,
} from './receiver.repository.js';
import { lockTenant } from './tenant-lock.repository.js';
import { holdVersion } from './versions.js';

/** Who is told. Secrets go in and never come out: not by answers, logs, errors, nor the audit trail. */
@Injectable()
export class AlertReceivers {
  constructor(
    private readonly db: Database,
    private readonly receivers: ReceiverRepository,
    private readonly delivery: AlertDelivery,
    private readonly guard: AddressGuard,
    private readonly lost: LostNotices,
  ) {}

  /** In the order of creation. */
  list(tenantId: string, page: PageRequest): Promise<Page<StoredReceiver>> {
    return this.receivers.list(tenantId, page);
  }

  /** @throws AlertingNotFoundError ALERTING_NOT_FOUND, also for a receiver of another tenant */
  async get(tenantId: string, id: string): Promise<StoredReceiver> {
    const receiver = isRowId(id) ? await this.receivers.find(tenantId, id) : undefined;
    if (receiver === undefined) throw new AlertingNotFoundError('receiver', id);
    return receiver;
  }

  /**
   * @throws AlertingInputError ALERTING_INPUT_INVALID
   * @throws AlertTargetError ALERTING_TARGET_FORBIDDEN for an address, not for a name: what that means may change
   * @throws AlertingNameTakenError ALERTING_NAME_TAKEN
   * @throws AlertingLimitError ALERTING_LIMIT_REACHED
   */
  create(caller: AlertingCaller, input: ReceiverInput): Promise<StoredReceiver> {
    const receiver = this.allowed(defineReceiver(input));
    const { tenantId, actor: createdBy } = caller;
    return this.db.transaction(async (transaction) => {
      await lockTenant(transaction, tenantId);
      if ((await this.receivers.count(transaction, tenantId)) >= LIMITS.receivers) {
        throw new AlertingLimitError('receiver', LIMITS.receivers);
      }
      const stored = await this.receivers.insert(transaction, { ...receiver, tenantId, createdBy });
      if (stored === undefined) throw new AlertingNameTakenError('receiver', receiver.name);
      const details = auditedReceiver(receiver);
      await caller.record(transaction, { action: 'alert-receiver.created', subject: stored.id, details });
      return stored;
    });
  }

  /**
   * Puts another receiver in the place of this one.
   * @throws as `create` and `change`
   */
  replace(
    caller: AlertingCaller,
    id: string,
    { version, ...input }: ReceiverInput & Pick<ReceiverPatch, 'version'>,
  ): Promise<StoredReceiver> {
    return this.modify(caller, { id, version }, (before) => defineReceiver(input, before));
  }

  /**
   * Changes some fields.
   * @throws AlertingNotFoundError ALERTING_NOT_FOUND
   * @throws AlertingVersionError ALERTING_VERSION_CONFLICT
   * @throws as `create`
   */
  change(caller: AlertingCaller, id: string, { version, ...patch }: ReceiverPatch): Promise<StoredReceiver> {
    return this.modify(caller, { id, version }, (before) => patchReceiver(before, patch));
  }

  /**
   * What waits for it is told to nobody.
   * @throws AlertingNotFoundError ALERTING_NOT_FOUND
   * @throws AlertingVersionError ALERTING_VERSION_CONFLICT
   */
  async delete(caller: AlertingCaller, id: string, version?: number): Promise<void> {
    await this.db.transaction(async (transaction) => {
      // Before any row: whoever changes a rule has this lock, and waits for the row.
      await lockTenant(transaction, caller.tenantId);
      if (isRowId(id)) await this.receivers.leaveRules(transaction, caller.tenantId, id);
      const receiver = await this.lockOf(transaction, caller.tenantId, { id, version });
      await this.lost.end(transaction, receiver, 'deleted');
      await this.receivers.delete(transaction, id);
      await caller.record(transaction, {
        action: 'alert-receiver.deleted',
        subject: id,
        details: { name: receiver.name },
      });
    });
  }

  /**
   * Sends one message that says it is a test, at once; what came of it is the answer.
   * @throws AlertingNotFoundError ALERTING_NOT_FOUND
   */
  async test(caller: AlertingCaller, id: string): Promise<TestOutcome> {
    const { name } = await this.get(caller.tenantId, id);
    const [receiver] = await this.receivers.withSecrets([id]);
    if (receiver === undefined) throw new AlertingNotFoundError('receiver', id);
    const outcome = await this.delivery.test(receiver);
    if (outcome.isDelivered) await this.db.transaction((tx) => this.lost.end(tx, receiver, 'reached'));
    await caller.record(this.db, {
      action: 'alert-receiver.tested',
      subject: id,
      details: { name, isDelivered: outcome.isDelivered },
    });
    return outcome;
  }

  private modify(
    caller: AlertingCaller,
    target: Target,
    definitionFor: (before: SecretReceiver) => ReceiverDefinition,
  ): Promise<StoredReceiver> {
    return this.db.transaction(async (transaction) => {
      const before = await this.lockOf(transaction, caller.tenantId, target);
      const after = this.allowed(definitionFor(before));
      const stored = await this.receivers.update(transaction, before.id, after);
      if (stored === undefined) throw new AlertingNameTakenError('receiver', after.name);
      await caller.record(transaction, {
        action: 'alert-receiver.updated',
        subject: before.id,
        details: auditedReceiver(after),
      });
      return stored;
    });
  }

  private allowed(receiver: ReceiverDefinition): ReceiverDefinition {
    const target = targetOf(receiver);
    if (target !== undefined) this.guard.check(target);
    return receiver;
  }

  private async lockOf(
    transaction: Queryable,
    tenantId: string,
    { id, version }: Target,
  ): Promise<StoredReceiver & SecretReceiver> {
    await lockTenant(transaction, tenantId);
    const receiver = isRowId(id) ? await this.receivers.lock(transaction, tenantId, id) : undefined;
    if (receiver === undefined) throw new AlertingNotFoundError('receiver', id);
    holdVersion('receiver', receiver, version);
    return receiver;
  }
}

/** Which receiver, and the version that its change is based on. */
interface Target {
  readonly id: string;
  readonly version?: number | undefined;
}
