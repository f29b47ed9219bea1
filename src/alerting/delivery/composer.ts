import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ALERT_DELIVERY_CONFIG, type AlertDeliveryConfig } from '../../config/index.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { AlertReceiver } from '../model/receiver.js';
import { DeliveryRepository, type Lease } from './delivery.repository.js';
import { MessageUnderWayError } from './errors.js';
import { type DueGroup, type GroupEnd, GroupRepository } from './group.repository.js';
import { type Candidate, judge, type Judgement } from './judgement.js';
import { MessageRepository, type WaitingMessage } from './message.repository.js';
import type { Muting } from './muting/mutes.js';
import { allowance, paidAfter } from './pace.js';

/** What a message is put together for. */
export interface Composition {
  readonly lease: Lease;
  readonly receiver: AlertReceiver;
  readonly muting: Muting;
  /** Alerts that one message can stand for. */
  readonly maxAlerts: number;
  /** A message that surely was not told is put together anew: what is over by now, or muted, is left out. */
  readonly untold?: WaitingMessage;
}

const PAGE = 5_000;
/** What waits for another message of the same alert is looked at again so soon. */
const BLOCKED_MS = 1_000;

/** Makes messages of what waits. Locks the groups it looks at, so that nothing slips in unseen. */
@Injectable()
export class MessageComposer {
  constructor(
    private readonly db: Database,
    private readonly deliveries: DeliveryRepository,
    private readonly groups: GroupRepository,
    private readonly messages: MessageRepository,
    @Inject(ALERT_DELIVERY_CONFIG) private readonly config: AlertDeliveryConfig,
  ) {}

  /** The next message of a receiver; undefined: nothing of what is due is to be told now. */
  compose(composition: Composition): Promise<WaitingMessage | undefined> {
    return this.db.transaction(async (tx) => {
      const { lease, untold } = composition;
      if (!(await this.deliveries.hold(tx, lease))) return undefined;
      if (untold !== undefined) {
        const groups = await this.groups.lockOfMessage(tx, lease.receiverId, untold.id);
        await this.messages.dissolve(tx, untold.id);
        return this.put(tx, groups, composition);
      }
      const due = await this.groups.lockDue(tx, lease.receiverId);
      const isDigest = due.length > allowance(lease.paidMs, this.config.paceMs);
      return this.put(tx, isDigest ? due : due.slice(0, 1), composition);
    });
  }

  private async put(
    tx: Queryable,
    groups: readonly DueGroup[],
    composition: Composition,
  ): Promise<WaitingMessage | undefined> {
    const { receiver, untold } = composition;
    const active = await this.remind(tx, groups, composition);
    const { judgement, hasMore } = await this.read(tx, groups, composition);
    const { told, collapsed, dropped } = judgement;
    await this.messages.finishRows(tx, idsOf(collapsed), 'collapsed', 'Over before it was told.');
    await this.messages.finishRows(tx, idsOf(dropped), 'dropped', 'Not to be told to this receiver.');
    const ends = endsOf(groups, judgement, { mutedMs: composition.muting.untilMs, hasMore, active });
    await this.groups.leave(tx, receiver.id, ends, receiver.repeatMs);
    if (told.length === 0) {
      if (untold !== undefined) await this.messages.remove(tx, untold.id);
      return undefined;
    }
    return this.store(tx, told, composition, hasMore);
  }

  /** Groups of which something still fires that the receiver knows of. */
  private async remind(
    tx: Queryable,
    groups: readonly DueGroup[],
    { receiver }: Composition,
  ): Promise<ReadonlySet<string>> {
    const keys = groups.filter(({ isReminderDue }) => isReminderDue).map(({ groupKey }) => groupKey);
    if (keys.length === 0) return new Set();
    const active = await this.groups.active(tx, receiver.id, keys);
    // Half of it: what was told together, and since then apart, is told together again.
    const due = active.filter(
      ({ silentMs, isAcknowledged }) => !isAcknowledged && silentMs >= receiver.repeatMs / 2,
    );
    await this.groups.insertReminders(tx, idsOf(due));
    return new Set(active.map(({ groupKey }) => groupKey));
  }

  /** Page by page: what is muted stays, and must not hide what is not. */
  private async read(
    tx: Queryable,
    groups: readonly DueGroup[],
    { receiver, muting, maxAlerts }: Composition,
  ): Promise<{ judgement: Judgement; hasMore: boolean }> {
    const scope = { receiverId: receiver.id, groupKeys: groups.map(({ groupKey }) => groupKey) };
    const rules = { sendsResolved: receiver.sendsResolved, isMuted: muting.isMuted };
    const candidates: Candidate[] = [];
    for (let afterId = '0'; ;) {
      const page = await this.messages.candidates(tx, scope, afterId, PAGE);
      candidates.push(...page);
      const judgement = judge(candidates, rules);
      const isEnough = judgement.told.length >= maxAlerts;
      if (page.length < PAGE || isEnough) return cut(judgement, maxAlerts, isEnough && page.length === PAGE);
      afterId = page.at(-1)?.id ?? afterId;
    }
  }

  private async store(
    tx: Queryable,
    told: readonly Candidate[],
    { lease, receiver, untold }: Composition,
    hasMore: boolean,
  ): Promise<WaitingMessage | undefined> {
    const keys = new Set(told.map(({ groupKey }) => groupKey));
    const [only = null] = keys.size === 1 ? keys : [];
    const rows = told.map(({ id, incident }) => ({ id, incident }));
    const draft = {
      receiverId: receiver.id,
      tenantId: receiver.tenantId,
      key: keyOf(told),
      groupKey: only,
      rows,
    };
    const message = await this.messages.put(tx, draft, untold?.id);
    if (message === undefined) throw new MessageUnderWayError(untold?.id ?? '');
    if (untold === undefined) {
      const paced = { hasMore, isDigest: keys.size > 1, alerts: told.length };
      await this.deliveries.pay(tx, lease, paidAfter(lease.paidMs, this.config.paceMs, paced));
    }
    return message;
  }
}

/** What does not fit into the message goes on waiting. */
function cut(
  judgement: Judgement,
  maxAlerts: number,
  isPartial: boolean,
): { judgement: Judgement; hasMore: boolean } {
  const told = judgement.told.slice(0, maxAlerts);
  return {
    judgement: { ...judgement, told },
    hasMore: isPartial || told.length < judgement.told.length,
  };
}

/** When groups are looked at next. */
function endsOf(
  groups: readonly DueGroup[],
  { told, blocked, muted }: Judgement,
  { mutedMs, hasMore, active }: { mutedMs: number; hasMore: boolean; active: ReadonlySet<string> },
): GroupEnd[] {
  const keysOf = (rows: readonly Candidate[]): ReadonlySet<string> =>
    new Set(rows.map(({ groupKey }) => groupKey));
  const [isTold, isBlocked, isMuted] = [keysOf(told), keysOf(blocked), keysOf(muted)];
  const isFiring = keysOf(told.filter(({ transition }) => transition !== 'resolved'));
  return groups.map(({ groupKey, isReminderDue }) => {
    const waits = [
      ...(hasMore ? [0] : []),
      ...(isBlocked.has(groupKey) ? [BLOCKED_MS] : []),
      ...(isMuted.has(groupKey) ? [mutedMs] : []),
    ];
    const goesOn = isFiring.has(groupKey) || active.has(groupKey);
    return {
      groupKey,
      afterMs: waits.length === 0 ? null : Math.min(...waits),
      isTold: isTold.has(groupKey),
      remind: isReminderDue ? (goesOn ? 'again' : 'end') : isFiring.has(groupKey) ? 'begin' : 'keep',
    };
  });
}

/** Equal for equal contents, and for no others. */
function keyOf(told: readonly Candidate[]): string {
  const hash = createHash('sha256');
  for (const { dedupKey } of told) hash.update(dedupKey).update('\n');
  return hash.digest('hex').slice(0, 40);
}

function idsOf(rows: readonly { readonly id: string }[]): string[] {
  return rows.map(({ id }) => id);
}
