import { z } from 'zod';
import type { Page } from '../tenancy/index.js';

/** Text that people read: 1 to 100 characters, no control characters, no halves of a surrogate pair. */
export const Name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not hold control characters or lone surrogates');

const limit = z
  .string()
  .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 200')
  .transform(Number)
  .pipe(z.number().min(1).max(200))
  .default(50);

/** Paging by the id of the last row before; 18 digits always fit PostgreSQL's bigint. */
export const NumberedPage = z.strictObject({
  limit,
  cursor: z
    .string()
    .regex(/^\d{1,18}$/, 'must be a nextCursor of an earlier answer')
    .optional(),
});

/** Paging by the id of the last API key before. */
export const KeyPage = z.strictObject({
  limit,
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,64}$/, 'must be a nextCursor of an earlier answer')
    .optional(),
});

/** A list as it is answered: the rows, and beside them where the next page begins. */
export interface PageAnswer<Row> {
  readonly success: true;
  readonly data: readonly Row[];
  readonly meta: { readonly nextCursor: string | null };
}

/** Puts a page into the envelope; `data` is always the rows themselves. */
export function answerPage<Row>({ items, nextCursor }: Page<Row>): PageAnswer<Row> {
  return { success: true, data: items, meta: { nextCursor } };
}
