import { z } from 'zod';
import type { ReceiverKind } from '../../model/receiver.js';
import type { ReceiverForm } from './sender.js';

const MAX_RECIPIENTS = 50;
const MAX_HEADERS = 20;
/** What a header may be called (RFC 9110), and hold. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
const HEADER_VALUE = /^[\t\x20-\x7e]{0,2000}$/;
/** They belong to the connection or to us. */
const OWN_HEADERS =
  /^(host|connection|content-.*|transfer-encoding|te|trailer|upgrade|expect|keep-alive|idempotency-key|user-agent)$/i;
/** One plain address: no display name, no list, no route, nothing that a header could be made of. */
const MAIL_ADDRESS =
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/;

/** An address that is posted to. */
export const TargetUrl = z
  .string()
  .max(2_000)
  .refine(isTargetUrl, 'must be an http or https URL without user and password');

const Headers = z
  .record(
    z
      .string()
      .regex(HEADER_NAME, 'must be the name of a header')
      .refine((name) => !OWN_HEADERS.test(name), 'is set by the server'),
    z.string().regex(HEADER_VALUE, 'must be printable'),
  )
  .refine((headers) => Object.keys(headers).length <= MAX_HEADERS, `must be ${MAX_HEADERS} headers at most`);

const nothing = z.strictObject({});

/** Settings (shown) and secrets (never shown) of each kind of receiver. */
export const RECEIVER_FORMS = {
  slack: { settings: nothing, secrets: z.strictObject({ url: TargetUrl }) },
  pagerduty: {
    settings: z.strictObject({ url: TargetUrl.optional() }),
    secrets: z.strictObject({
      routingKey: z.string().regex(/^[\x21-\x7e]{1,200}$/, 'must be an integration key'),
    }),
  },
  webhook: { settings: nothing, secrets: z.strictObject({ url: TargetUrl, headers: Headers.optional() }) },
  email: {
    settings: z.strictObject({
      to: z.array(z.string().regex(MAIL_ADDRESS, 'must be an e-mail address')).min(1).max(MAX_RECIPIENTS),
    }),
    secrets: nothing,
  },
  gateway: { settings: nothing, secrets: nothing },
} satisfies Record<ReceiverKind, ReceiverForm>;

function isTargetUrl(text: string): boolean {
  if (/[\s\p{Cc}\p{Cs}]/u.test(text) || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}
