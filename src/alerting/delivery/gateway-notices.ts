import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Notifications } from '../../platform/database/index.js';
import { DomainEvents } from '../../platform/events/index.js';
import type { AlertSnapshot } from '../model/alert.js';
import type { AlertReceiver } from '../model/receiver.js';
import { DeliverySurroundings } from './delivery-surroundings.js';
import { GatewayRepository, type GatewayRow } from './gateway.repository.js';
import type { AlertMessage } from './message.js';
import { ALERTS_NOTIFIED, type AlertsNotified, type NotifiedAlert } from './notified-event.js';

/** Transactions end in another order than their times say: so far back it is looked again. */
const OVERLAP_MS = 10_000;

/**
 * Tells this instance's connections what gateways are told, whichever instance had the message. The notification says
 * only that there is something: what it is, is read, so that its size does not matter, and what was missed while the
 * connection was down comes with the next one.
 */
@Injectable()
export class GatewayNotices implements OnApplicationBootstrap {
  private since: Date | undefined;
  /** Messages that were read, with the time they were told. */
  private readonly seen = new Map<string, number>();
  private reading: Promise<void> | undefined;
  private isHinted = false;

  constructor(
    private readonly messages: GatewayRepository,
    private readonly events: DomainEvents,
    private readonly notifications: Notifications,
    private readonly around: DeliverySurroundings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    // What was told before this instance was there is no news. Without a database that comes with the first hint.
    await this.begin().catch(() => undefined);
    this.notifications.listen('alerting_notified', () => this.hear());
  }

  /** Only to the connections of this instance, of alerts that are not stored. */
  tellHere({ tenantId, id: receiverId }: AlertReceiver, { key, alerts }: AlertMessage): void {
    const shown = alerts.map(({ transition, alert }) => ({ transition, alert: withoutTenant(alert) }));
    this.events.publish(ALERTS_NOTIFIED, { tenantId, receiverId, key, alerts: shown });
  }

  private hear(): void {
    this.isHinted = true;
    this.reading ??= this.readAll().finally(() => {
      this.reading = undefined;
    });
  }

  private async readAll(): Promise<void> {
    while (this.isHinted) {
      this.isHinted = false;
      await this.read().catch((error: unknown) => this.around.failed('gateway', error));
    }
  }

  private async read(): Promise<void> {
    if (this.since === undefined) return this.begin();
    for (const told of await this.news(this.since)) this.events.publish(ALERTS_NOTIFIED, told);
  }

  private async begin(): Promise<void> {
    const since = await this.messages.now();
    await this.news(since);
    this.since = since;
  }

  /** Messages told since then that were not seen before. */
  private async news(since: Date): Promise<AlertsNotified[]> {
    const rows = await this.messages.toldSince(new Date(since.getTime() - OVERLAP_MS));
    const messages = new Map<string, GatewayRow[]>();
    for (const row of rows) {
      if (this.seen.has(row.messageId)) continue;
      const alerts = messages.get(row.messageId);
      if (alerts === undefined) messages.set(row.messageId, [row]);
      else alerts.push(row);
    }
    for (const { messageId, finishedAt } of rows) this.seen.set(messageId, finishedAt.getTime());
    this.forget();
    return [...messages.values()].flatMap((alerts) => notifiedOf(alerts));
  }

  private forget(): void {
    const latest = Math.max(this.since?.getTime() ?? 0, ...this.seen.values());
    if (this.since !== undefined) this.since = new Date(latest);
    for (const [messageId, at] of this.seen) if (at < latest - OVERLAP_MS) this.seen.delete(messageId);
  }
}

function notifiedOf(rows: readonly GatewayRow[]): AlertsNotified[] {
  return rows.slice(0, 1).map(({ tenantId, receiverId, key }) => ({
    tenantId,
    receiverId,
    key,
    alerts: rows.map(({ transition, alert }) => ({ transition, alert })),
  }));
}

function withoutTenant(alert: AlertSnapshot): NotifiedAlert {
  const shown: NotifiedAlert & { tenantId?: string } = { id: null, ...alert };
  delete shown.tenantId;
  return shown;
}
