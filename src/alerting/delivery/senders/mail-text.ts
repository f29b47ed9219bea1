import { type AlertMessage, isFiring, type ToldAlert } from '../message.js';
import { bySeverity, headline, seriesOf, shortened, statusOf } from './wording.js';

const SHOWN_ALERTS = 100;
const SUBJECT_CHARACTERS = 200;

/** What a mail says, as text and as HTML. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Subject and body of a message. Names may hold anything: nothing of them becomes a header or markup. */
export function mailText(message: AlertMessage, externalUrl: string): MailText {
  const subject = shortened(oneLine(headline(message)), SUBJECT_CHARACTERS);
  const shown = bySeverity(message.alerts).slice(0, SHOWN_ALERTS);
  const hidden = message.alerts.length - shown.length;
  const more = hidden > 0 ? `and ${hidden} more: ${externalUrl}/api/alerts` : '';
  return {
    subject,
    text: [subject, ...shown.map((told) => facts(told).join('\n')), more].filter(Boolean).join('\n\n'),
    html: [
      '<!doctype html><html><body style="font-family:sans-serif">',
      `<h2>${escapeHtml(subject)}</h2>`,
      ...shown.map(htmlOf),
      more && `<p>${escapeHtml(more)}</p>`,
      '</body></html>',
    ].join('\n'),
  };
}

function facts(told: ToldAlert): string[] {
  const { alert } = told;
  const series = seriesOf(alert);
  return [
    `${statusOf(told)}: ${alert.ruleName} (${alert.severity})`,
    alert.summary,
    ...(series === '' ? [] : [series]),
    ...(alert.detail === null ? [] : [alert.detail]),
    ...(alert.startsAt === null ? [] : [`since ${alert.startsAt}`]),
    ...(alert.endsAt === null ? [] : [`until ${alert.endsAt}`]),
    ...(alert.predictedAt === null ? [] : [`expected at ${alert.predictedAt}`]),
    ...(alert.runbookUrl === null ? [] : [`Runbook: ${alert.runbookUrl}`]),
  ].map(oneLine);
}

function htmlOf(told: ToldAlert): string {
  const [title = '', ...lines] = facts(told).map(escapeHtml);
  const colour = isFiring(told) ? '#b00020' : '#1b5e20';
  return `<p><strong style="color:${colour}">${title}</strong><br>${lines.join('<br>')}</p>`;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
