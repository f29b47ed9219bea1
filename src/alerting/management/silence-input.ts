import { z } from 'zod';
import { Instant } from '../../collectors/index.js';
import { LabelName, Line, Version, durationMs } from './fields.js';
import { labelMatcher, patternProblem } from './label-matching.js';

const MINUTE_MS = 60_000;
const YEAR_MS = 366 * 24 * 60 * MINUTE_MS;

const LabelMatcher = z
  .strictObject({
    label: LabelName,
    operator: z.enum(['=', '!=', '=~', '!~']),
    value: z.string().max(200),
  })
  .superRefine(({ operator, value }, context) => {
    if (!operator.endsWith('~')) return;
    const message = patternProblem(value);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['value'], message });
  });

const Matchers = z
  .array(LabelMatcher)
  .min(1)
  .max(10)
  .refine((matchers) => !labelMatcher(matchers)({}), {
    error: 'must not match alerts without any labels: name at least one value or pattern that is not empty',
    abort: true,
    when: ({ issues }) => issues.length === 0,
  });

const ANY = {
  /** All of them must match. */
  matchers: Matchers,
  /** Default: now. */
  startsAt: Instant.optional(),
  /** Or durationMs. */
  endsAt: Instant.optional(),
  /** From startsAt on, also in a change; or endsAt. */
  durationMs: durationMs(MINUTE_MS, YEAR_MS).optional(),
  /** Why. */
  comment: Line.max(500).default(''),
};

/** A silence as people write it. */
export const SilenceInput = z.strictObject(ANY);
export type SilenceInput = z.infer<typeof SilenceInput>;

/** A silence to be put in the place of another one. */
export const SilenceReplacement = z.strictObject({ ...ANY, version: Version.optional() });

/** What is to be changed of a silence; the rest stays. */
export const SilencePatch = z.strictObject({
  ...ANY,
  matchers: Matchers.optional(),
  comment: Line.max(500).optional(),
  version: Version.optional(),
});
export type SilencePatch = z.infer<typeof SilencePatch>;
