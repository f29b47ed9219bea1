import { Inject, Injectable } from '@nestjs/common';
import { ALERT_DELIVERY_CONFIG, type AlertDeliveryConfig } from '../../../config/index.js';
import { EVERY_LABEL, groupLabels } from '../group-key.js';
import { HttpPost } from '../http/http-post.js';
import { type Delivery, isFiring, NO_RULE, type ToldAlert } from '../message.js';
import { RECEIVER_FORMS } from './forms.js';
import type { AlertSender, SendOutcome } from './sender.js';

type Labels = Readonly<Record<string, string>>;

/** What Go writes for a time that is not known; receivers of Alertmanager know it as "still fires". */
const NO_END = '0001-01-01T00:00:00Z';

/** Posts in the form of Alertmanager's webhook, version 4: what receives that receives this. */
@Injectable()
export class WebhookSender implements AlertSender {
  readonly kind = 'webhook';
  readonly maxAlerts = 5_000;

  constructor(
    private readonly http: HttpPost,
    @Inject(ALERT_DELIVERY_CONFIG) private readonly config: AlertDeliveryConfig,
  ) {}

  send(delivery: Delivery, signal: AbortSignal): Promise<SendOutcome> {
    const { url, headers } = RECEIVER_FORMS.webhook.secrets.parse(delivery.receiver.secrets);
    const body = this.payload(delivery);
    return this.http.send({ url, body, key: delivery.message.key, ...(headers && { headers }) }, signal);
  }

  private payload({ receiver, message }: Delivery): object {
    const { alerts, groupKey } = message;
    const labels = alerts.map(({ alert }) => alert.labels);
    const own = groupKey === null ? {} : groupLabels(labels[0] ?? {}, receiver.groupBy);
    return {
      version: '4',
      groupKey: `{}:${groupKey ?? '{}'}`,
      truncatedAlerts: 0,
      status: alerts.some(isFiring) ? 'firing' : 'resolved',
      receiver: receiver.name,
      groupLabels: receiver.groupBy.includes(EVERY_LABEL) && alerts.length > 1 ? {} : own,
      commonLabels: common(labels),
      commonAnnotations: common(alerts.map(annotations)),
      externalURL: this.config.externalUrl,
      alerts: alerts.map((told) => this.alert(told)),
      // Beyond Alertmanager: by it a repetition is known.
      deliveryKey: message.key,
    };
  }

  private alert(told: ToldAlert): object {
    const { alert, dedupKey, transition } = told;
    return {
      status: isFiring(told) ? 'firing' : 'resolved',
      labels: alert.labels,
      annotations: annotations(told),
      startsAt: alert.startsAt ?? NO_END,
      endsAt: alert.endsAt ?? NO_END,
      generatorURL: `${this.config.externalUrl}/api/${alert.ruleId === NO_RULE ? 'alert-receivers' : `alert-rules/${alert.ruleId}`}`,
      fingerprint: alert.fingerprint,
      dedupKey,
      transition,
    };
  }
}

function annotations({ alert }: ToldAlert): Labels {
  return {
    summary: alert.summary,
    ...(alert.detail !== null && { description: alert.detail }),
    ...(alert.value !== null && { value: String(alert.value) }),
    ...(alert.predictedAt !== null && { predictedAt: alert.predictedAt }),
    ...(alert.runbookUrl !== null && { runbook_url: alert.runbookUrl }),
  };
}

function common([first = {}, ...others]: readonly Labels[]): Labels {
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((labels) => labels[name] === value)),
  );
}
