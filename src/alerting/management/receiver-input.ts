import { z } from 'zod';
import { RECEIVER_FORMS } from '../delivery/senders/forms.js';
import { AlertingName, durationMs, LabelName, Version } from './fields.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** What is made of what is not said. */
export const RECEIVER_DEFAULTS = {
  groupBy: ['alertname'],
  groupWaitMs: 10 * SECOND_MS,
  groupIntervalMs: 5 * MINUTE_MS,
  repeatMs: 4 * 60 * MINUTE_MS,
  sendsResolved: true,
} as const;

const ANY = z
  .strictObject({
    name: AlertingName,
    kind: z.enum(['slack', 'pagerduty', 'webhook', 'email', 'gateway']),
    /** What may be shown, by kind: `to` of an e-mail, `url` of PagerDuty. */
    settings: z.record(z.string().max(100), z.unknown()),
    /** What is never shown again, by kind: `url` and `headers` of a webhook, `url` of Slack, `routingKey` of PagerDuty. */
    secrets: z.record(z.string().max(100), z.unknown()),
    /** Labels whose values make up a group; `...`: each alert by itself. */
    groupBy: z
      .array(z.union([LabelName, z.literal('...')]))
      .max(10)
      .refine((names) => new Set(names).size === names.length, 'must name each label once'),
    groupWaitMs: durationMs(0, 60 * MINUTE_MS),
    groupIntervalMs: durationMs(SECOND_MS, DAY_MS),
    repeatMs: durationMs(MINUTE_MS, 30 * DAY_MS),
    sendsResolved: z.boolean(),
  })
  .partial();

/** A receiver as people write it. */
export const ReceiverInput = ANY.required({ name: true, kind: true });
export type ReceiverInput = z.infer<typeof ReceiverInput>;

/** A receiver to be put in the place of another one; without `secrets` it keeps those it has, if its kind stays. */
export const ReceiverReplacement = ReceiverInput.extend({ version: Version.optional() });

/** What is to be changed of a receiver; the rest stays, secrets too. */
export const ReceiverPatch = ANY.extend({ version: Version.optional() });
export type ReceiverPatch = z.infer<typeof ReceiverPatch>;

/** Whatever is wrong with the settings and the secrets of a kind, by path; and what its schema makes of them. */
export function readForm(
  kind: ReceiverInput['kind'],
  given: { readonly settings: unknown; readonly secrets: unknown },
): z.ZodSafeParseResult<{ settings: Record<string, unknown>; secrets: Record<string, unknown> }> {
  const { settings, secrets } = RECEIVER_FORMS[kind];
  return z.strictObject({ settings, secrets }).safeParse(given);
}
