import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ALERT_DELIVERY_CONFIG, type AlertDeliveryConfig } from '../../../config/index.js';
import { HttpPost } from '../http/http-post.js';
import { type AlertMessage, type Delivery, isFiring, type ToldAlert } from '../message.js';
import { RECEIVER_FORMS } from './forms.js';
import type { AlertSender, SendOutcome } from './sender.js';
import { bySeverity, headline, highestSeverity, nameOf, seriesOf, shortened, statusOf } from './wording.js';

const EVENTS_URL = 'https://events.pagerduty.com/v2/enqueue';
const DEDUP_CHARACTERS = 255;
const SUMMARY_CHARACTERS = 1_024;
/** Keeps an event below PagerDuty's 512 kB. */
const SHOWN_ALERTS = 50;

/**
 * Sends events to PagerDuty (Events API v2). One incident stands for one group of alerts, or for a digest of many: it
 * is resolved when none of them fires. What is left of a message after a failure is sent again as a whole: events of
 * one dedup_key do not add up.
 */
@Injectable()
export class PagerdutySender implements AlertSender {
  readonly kind = 'pagerduty';
  readonly maxAlerts = 20_000;

  constructor(
    private readonly http: HttpPost,
    @Inject(ALERT_DELIVERY_CONFIG) private readonly config: AlertDeliveryConfig,
  ) {}

  async send({ receiver, message }: Delivery, signal: AbortSignal): Promise<SendOutcome> {
    const { routingKey } = RECEIVER_FORMS.pagerduty.secrets.parse(receiver.secrets);
    const { url = EVENTS_URL } = RECEIVER_FORMS.pagerduty.settings.parse(receiver.settings);
    for (const [index, event] of this.events(message).entries()) {
      const body = {
        routing_key: routingKey,
        client: 'Plimsoll',
        client_url: this.config.externalUrl,
        ...event,
      };
      const outcome = await this.http.send({ url, body, key: `${message.key}-${index}` }, signal);
      if (outcome.kind === 'retry' && index > 0) return { ...outcome, isUntold: false };
      if (outcome.kind !== 'sent') return outcome;
    }
    return { kind: 'sent' };
  }

  private events(message: AlertMessage): object[] {
    const incidents = new Map<string, ToldAlert[]>();
    for (const told of message.alerts)
      incidents.set(told.incident, [...(incidents.get(told.incident) ?? []), told]);
    return [...incidents].flatMap(([incident, alerts]) => {
      if (!message.openIncidents.has(incident))
        return { event_action: 'resolve', dedup_key: pagerdutyKey(incident) };
      // Some are resolved, others go on: there is nothing to say of the incident.
      return alerts.some(isFiring) ? this.trigger(incident, { ...message, alerts }) : [];
    });
  }

  private trigger(incident: string, message: AlertMessage): object {
    const alerts = bySeverity(message.alerts.filter(isFiring));
    const [worst] = alerts;
    const href = worst?.alert.runbookUrl ?? null;
    return {
      event_action: 'trigger',
      dedup_key: pagerdutyKey(incident),
      payload: {
        summary: shortened(headline({ ...message, alerts }), SUMMARY_CHARACTERS),
        severity: highestSeverity(alerts),
        group: message.groupKey === null ? 'digest' : shortened(message.groupKey, DEDUP_CHARACTERS),
        ...(worst && about(worst)),
        custom_details: details(alerts),
      },
      ...(href !== null && { links: [{ href, text: 'Runbook' }] }),
    };
  }
}

function about({ alert }: ToldAlert): object {
  return {
    source: shortened(seriesOf(alert) || 'plimsoll', SUMMARY_CHARACTERS),
    component: alert.labels['component'] ?? alert.ruleName,
    class: alert.ruleName,
    ...(alert.startsAt !== null && { timestamp: alert.startsAt }),
  };
}

/** At most 255 characters, equal for equal incidents and different for different ones. */
export function pagerdutyKey(incident: string): string {
  const key = `plimsoll:${incident}`;
  if (key.length <= DEDUP_CHARACTERS) return key;
  return `plimsoll:${createHash('sha256').update(incident).digest('hex')}`;
}

function details(alerts: readonly ToldAlert[]): object {
  const shown = alerts.slice(0, SHOWN_ALERTS).map((told) => ({
    status: statusOf(told),
    alert: nameOf(told.alert),
    summary: told.alert.summary,
    detail: told.alert.detail,
    value: told.alert.value,
    startsAt: told.alert.startsAt,
    predictedAt: told.alert.predictedAt,
    runbook: told.alert.runbookUrl,
    labels: told.alert.labels,
  }));
  return { alerts: shown, firing: alerts.length, notShown: alerts.length - shown.length };
}
