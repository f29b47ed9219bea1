import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../platform/database/index.js';
import type { AlertChange, AlertSnapshot } from '../model/alert.js';
import { groupKey } from './group-key.js';
import { type OutboxEntry, OutboxRepository } from './outbox.repository.js';

/** What is to be told is written here, in the transaction of the change it tells of; senders take it from there. */
@Injectable()
export class AlertOutbox {
  constructor(private readonly outbox: OutboxRepository) {}

  /**
   * Adds one row per change and receiver; what is there already is left alone, and receivers that are gone, or of
   * another tenant, get none. Six statements, however many changes there are (two more for each 5,000 rows).
   * @param at of the evaluation, by the database's clock
   */
  async enqueue(transaction: Queryable, changes: readonly AlertChange[], at: Date): Promise<void> {
    const wanted = new Set(changes.flatMap(({ receiverIds }) => receiverIds));
    if (wanted.size === 0) return;
    const receivers = await this.outbox.keepReceivers(transaction, [...wanted]);
    const entries = changes.flatMap(({ transition, alert, receiverIds }): OutboxEntry[] =>
      [...new Set(receiverIds)].flatMap((receiverId) => {
        const receiver = receivers.get(receiverId);
        if (receiver?.tenantId !== alert.tenantId) return [];
        const startsAt = alert.startsAt ?? at.toISOString();
        return {
          receiverId,
          transition,
          alert,
          startsAt,
          dedupKey: dedupKey(alert, startsAt, transition, receiverId),
          groupKey: groupKey(alert.labels, receiver.groupBy),
        };
      }),
    );
    await this.outbox.insert(transaction, entries, at);
  }
}

function dedupKey(alert: AlertSnapshot, startsAt: string, transition: string, receiverId: string): string {
  return `${alert.fingerprint}:${startsAt}:${transition}:${receiverId}`;
}
