import { z } from 'zod';
import { type JobRequest, OPERATIONS } from '../batch/index.js';

const count = (least: number, most: number) => z.number().int().min(least).max(most);
/** The same as text: of a query. */
const counted = (least: number, most: number) =>
  z
    .string()
    .regex(/^-?\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(count(least, most));

const Retry = z.strictObject({
  strategy: z.enum(['fixed', 'linear', 'exponential', 'fibonacci', 'decorrelated']).optional(),
  maxAttempts: count(1, 100).optional(),
  deadlineMs: count(1_000, 86_400_000).optional(),
});
const Values = z.record(z.string().max(100), z.unknown());
const priority = { least: -100, most: 100 };
const MOST_BAD = 1_000_000;

/** A job over rows that are there already. */
const WalkJob = z.strictObject({
  operation: z.enum(OPERATIONS),
  target: z.string().min(1).max(100),
  priority: count(priority.least, priority.most).optional(),
  options: z
    .strictObject({
      filter: Values.optional(),
      set: Values.optional(),
      transform: z.string().max(100).optional(),
      olderThanDays: count(0, 36_500).optional(),
      confirm: z.boolean().optional(),
      maxBad: count(0, MOST_BAD).optional(),
      retry: Retry.optional(),
    })
    .optional(),
});

/** The JSON body; `undefined` for a request without one: a stream of records. */
export const JobBody = WalkJob.optional();
export type JobBody = z.infer<typeof JobBody>;

/** What stands in the query when the body is a stream of records. */
export const UploadQuery = z.strictObject({
  operation: z.enum(OPERATIONS).optional(),
  target: z.string().min(1).max(100).optional(),
  priority: counted(priority.least, priority.most).optional(),
  maxBad: counted(0, MOST_BAD).optional(),
  retry: Retry.shape.strategy,
});
export type UploadQuery = z.infer<typeof UploadQuery>;

/** The request of a body. */
export function jobOf(body: NonNullable<JobBody>): JobRequest {
  // What was left out is not there at all, for the digest of the request and for its options.
  return JSON.parse(JSON.stringify(body)) as JobRequest;
}

/** The request of a query; undefined when it names no operation or no target. */
export function uploadOf({
  operation,
  target,
  priority,
  maxBad,
  retry,
}: UploadQuery): JobRequest | undefined {
  if (operation === undefined || target === undefined) return undefined;
  const options = {
    ...(maxBad !== undefined && { maxBad }),
    ...(retry !== undefined && { retry: { strategy: retry } }),
  };
  return { operation, target, options, ...(priority !== undefined && { priority }) };
}
