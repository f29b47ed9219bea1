import { z } from 'zod';
import { Instant } from '../collectors/index.js';
import { NumberedPage } from './inputs.js';

const DAY_MS = 86_400_000;

const RuleId = z
  .string()
  .regex(/^(0|[1-9]\d{0,17})$/, 'must be the id of a rule')
  .optional();

/** Which alerts: with `from`, `to` or state `resolved` those that began to fire then, else those there are now. */
export const AlertList = NumberedPage.extend({
  state: z
    .enum(['active', 'predicted', 'pending', 'firing', 'recovering', 'no-data', 'error', 'resolved'])
    .optional(),
  from: Instant.optional(),
  to: Instant.optional(),
  rule: RuleId,
}).superRefine(({ state, from, to }, context) => {
  if (from === undefined && to === undefined) return;
  if (state === undefined || state === 'firing' || state === 'resolved') return;
  context.addIssue({
    code: 'custom',
    path: ['state'],
    message: 'with from or to can only be firing or resolved',
  });
});

/** Which changes of state; what is resolved is normal from then on. */
export const TransitionList = NumberedPage.extend({
  state: z
    .enum(['normal', 'resolved', 'pending', 'firing', 'recovering', 'no-data', 'error'])
    .transform((state) => (state === 'resolved' ? 'normal' : state))
    .optional(),
  from: Instant.optional(),
  to: Instant.optional(),
  rule: RuleId,
});

/** [from, to) of a question about the past; without `from` a week before its end. */
export function pastOf(
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  now: Date,
): { readonly from: Date; readonly to: Date | null } {
  const end = to === undefined ? null : new Date(to);
  const begin = from === undefined ? new Date((end ?? now).getTime() - 7 * DAY_MS) : new Date(from);
  return { from: begin, to: end };
}
