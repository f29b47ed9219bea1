import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { secretUrl, wholeNumber } from './variables.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** A name that DNS can resolve; what looks like an address is none. */
const HOST_NAME =
  /^(?=.{1,253}$)(?!.*\.\d+$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i;

/** Variables of the alerting, with their defaults. */
export const ALERTING_VARIABLES = {
  ALERTING_EVALUATE_EVERY_MS: wholeNumber(100, 5 * MINUTE_MS).default(5 * SECOND_MS),
  ALERTING_EVENT_DELAY_MS: wholeNumber(0, 10 * MINUTE_MS).default(15 * SECOND_MS),
  ALERTING_HISTORY_DAYS: wholeNumber(1, 3_650).default(90),
  ALERTING_RUNBOOK_BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
  ALERTING_EXTERNAL_URL: z.url({ protocol: /^https?$/ }).optional(),
  ALERTING_SENDERS: wholeNumber(0, 64).default(4),
  ALERTING_SEND_TIMEOUT_MS: wholeNumber(100, MINUTE_MS).default(10 * SECOND_MS),
  ALERTING_DELIVERY_DEADLINE_MS: wholeNumber(SECOND_MS, 7 * 24 * HOUR_MS).default(6 * HOUR_MS),
  ALERTING_PACE_MS: wholeNumber(1, HOUR_MS).default(5 * SECOND_MS),
  ALERTING_OUTBOX_RETENTION_DAYS: wholeNumber(1, 3_650).default(30),
  ALERTING_ALLOWED_PRIVATE_TARGETS: z
    .string()
    .transform((text) => text.split(',').map((entry) => entry.trim()))
    .pipe(z.array(z.string().refine(isTarget, 'must be addresses, networks or host names')).max(100))
    .optional(),
  ALERTING_SMTP_URL: secretUrl(/^smtps?$/).optional(),
  ALERTING_MAIL_FROM: z
    .string()
    .regex(/^[^\r\n]{1,300}$/, 'must be one address')
    .optional(),
};

function isTarget(text: string): boolean {
  return (
    ipaddr.isValidCIDR(text) ||
    ipaddr.IPv4.isValidFourPartDecimal(text) ||
    ipaddr.IPv6.isValid(text) ||
    HOST_NAME.test(text)
  );
}
