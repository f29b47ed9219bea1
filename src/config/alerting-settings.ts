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

const RUNBOOKS = 'docs/runbooks';

export function groupAlertEvaluation(env: Environment): AlertEvaluationConfig {
  return {
    evaluateEveryMs: env.ALERTING_EVALUATE_EVERY_MS,
    eventDelayMs: env.ALERTING_EVENT_DELAY_MS,
    historyDays: env.ALERTING_HISTORY_DAYS,
    runbookBaseUrl: env.ALERTING_RUNBOOK_BASE_URL?.replace(/\/$/, '') ?? RUNBOOKS,
  };
}

export function groupAlertDelivery(env: Environment): AlertDeliveryConfig {
  return {
    externalUrl: env.ALERTING_EXTERNAL_URL ?? `http://${urlHost(env.HOST)}:${env.PORT}`,
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

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
