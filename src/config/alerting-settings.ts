import { hostname } from 'node:os';
import type { Environment } from './environment.js';
import type { Secret } from './secret.js';

/** How alerts are told. */
export interface AlertDeliveryConfig {
  /** Where people find this server; stands in notifications. */
  readonly externalUrl: string;
  /** Messages this instance sends at once; 0: it leaves that to others. */
  readonly senders: number;
  /** For one attempt, from its beginning to the answer. */
  readonly sendTimeoutMs: number;
  /** A message that could not be told for as long is a dead letter. */
  readonly deadlineMs: number;
  /** A receiver that was told several times at once is told once in this time from then on. */
  readonly paceMs: number;
  /** What was told is kept this long. */
  readonly retentionDays: number;
  /** Addresses, networks and host names inside the own network that receivers may have. */
  readonly allowedPrivateTargets: readonly string[];
  readonly smtpUrl?: Secret;
  readonly mailFrom: string;
}

/** How alerts are judged. */
export interface AlertEvaluationConfig {
  readonly evaluateEveryMs: number;
  /** Collectors' events may come so late. */
  readonly eventDelayMs: number;
  /** How long changes of alerts are kept. */
  readonly historyDays: number;
  /** Where the pages of docs/runbooks are, without a slash at the end. */
  readonly runbookBaseUrl: string;
}

/** Where the server itself serves them. */
const RUNBOOKS = '/docs/runbooks';
const ANY_ADDRESS = new Set(['0.0.0.0', '::']);

export function groupAlertEvaluation(env: Environment): AlertEvaluationConfig {
  return {
    evaluateEveryMs: env.ALERTING_EVALUATE_EVERY_MS,
    eventDelayMs: env.ALERTING_EVENT_DELAY_MS,
    historyDays: env.ALERTING_HISTORY_DAYS,
    runbookBaseUrl: (env.ALERTING_RUNBOOK_BASE_URL ?? `${externalUrl(env)}${RUNBOOKS}`).replace(/\/$/, ''),
  };
}

export function groupAlertDelivery(env: Environment): AlertDeliveryConfig {
  return {
    externalUrl: externalUrl(env),
    senders: env.ALERTING_SENDERS,
    sendTimeoutMs: env.ALERTING_SEND_TIMEOUT_MS,
    deadlineMs: env.ALERTING_DELIVERY_DEADLINE_MS,
    paceMs: env.ALERTING_PACE_MS,
    retentionDays: env.ALERTING_OUTBOX_RETENTION_DAYS,
    allowedPrivateTargets: env.ALERTING_ALLOWED_PRIVATE_TARGETS ?? [],
    ...(env.ALERTING_SMTP_URL && { smtpUrl: env.ALERTING_SMTP_URL }),
    mailFrom: env.ALERTING_MAIL_FROM ?? 'Plimsoll <plimsoll@localhost>',
  };
}

function externalUrl(env: Environment): string {
  return env.ALERTING_EXTERNAL_URL?.replace(/\/$/, '') ?? `http://${urlHost(env.HOST)}:${env.PORT}`;
}

function urlHost(host: string): string {
  // Whoever listens everywhere is found by name.
  if (ANY_ADDRESS.has(host)) return hostname();
  return host.includes(':') ? `[${host}]` : host;
}
