import { Injectable } from '@nestjs/common';
import { HttpPost } from '../http/http-post.js';
import type { AlertMessage, Delivery, ToldAlert } from '../message.js';
import { RECEIVER_FORMS } from './forms.js';
import type { AlertSender, SendOutcome } from './sender.js';
import { bySeverity, headline, nameOf, seriesOf, shortened, statusOf } from './wording.js';

/** Slack takes 50 blocks, 150 characters of a header and 3,000 of a section. One alert is one section. */
const SHOWN_ALERTS = 20;
const HEADER_CHARACTERS = 150;
/** Of each part of a section, as it is sent: escaping makes up to five characters of one. */
const PART_CHARACTERS = 600;
const LINK_CHARACTERS = 500;
const TEXT_CHARACTERS = 1_000;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Posts to incoming webhooks of Slack. */
@Injectable()
export class SlackSender implements AlertSender {
  readonly kind = 'slack';
  readonly maxAlerts = 20_000;

  constructor(private readonly http: HttpPost) {}

  send({ receiver, message }: Delivery, signal: AbortSignal): Promise<SendOutcome> {
    const { url } = RECEIVER_FORMS.slack.secrets.parse(receiver.secrets);
    return this.http.send({ url, body: slackPayload(message), key: message.key }, signal);
  }
}

/** Text and blocks of a message. Nothing in it is markup but our own: no name can call a channel or a person. */
export function slackPayload(message: AlertMessage): object {
  const title = headline(message);
  const shown = bySeverity(message.alerts).slice(0, SHOWN_ALERTS);
  const hidden = message.alerts.length - shown.length;
  return {
    text: escaped(title, TEXT_CHARACTERS),
    blocks: [
      // plain_text knows no markup: escaping would show.
      {
        type: 'header',
        text: { type: 'plain_text', text: shortened(title, HEADER_CHARACTERS), emoji: false },
      },
      ...shown.map(section),
      ...(hidden > 0 ? [context(`and ${hidden} more: see GET /api/alerts`)] : []),
    ],
  };
}

function section(told: ToldAlert): object {
  const { alert } = told;
  const series = seriesOf(alert);
  const lines = [
    `*${statusOf(told)}* ${escaped(nameOf(alert))}`,
    escaped(alert.summary),
    ...(series === '' ? [] : [escaped(series)]),
    ...(alert.detail === null ? [] : [escaped(alert.detail)]),
    ...(alert.runbookUrl === null ? [] : [link(alert.runbookUrl)]),
  ];
  return { type: 'section', text: { type: 'mrkdwn', text: lines.join('\n'), verbatim: true } };
}

function context(text: string): object {
  return { type: 'context', elements: [{ type: 'mrkdwn', text, verbatim: true }] };
}

/** `|` would end the address, and be a label of its own. */
function link(url: string): string {
  const address = escaped(url, url.length * 5).replaceAll('|', '%7C');
  return address.length > LINK_CHARACTERS ? escaped(url) : `<${address}|Runbook>`;
}

/** Slack's three control characters, and line ends; what is left can make text bold, and call nobody. */
function escaped(text: string, maxCharacters = PART_CHARACTERS): string {
  let safe = '';
  for (const point of text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')) {
    const next = safe + (ENTITIES[point] ?? point);
    if (next.length >= maxCharacters) return `${safe}…`;
    safe = next;
  }
  return safe;
}
