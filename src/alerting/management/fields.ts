import { z } from 'zod';
import { ROW_ID } from '../../kernel/page.js';

/**
 * Text that people read, on one line: no control characters, no halves of a surrogate pair, and nothing that turns
 * what follows around, so that it seems to say something else.
 */
export const Line = z
  .string()
  .trim()
  .regex(
    /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]*$/u,
    'must be one line, without control characters, lone surrogates or changes of direction',
  );

/** Something in it takes ink: the blank of Braille is no space by its kind. */
const VISIBLE = /[^\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** What people call it. */
export const AlertingName = Line.min(1).max(100).regex(VISIBLE, 'must have a character that can be seen');

/** A duration in whole ms. */
export const durationMs = (least: number, most: number) => z.number().int().min(least).max(most);

/** Id of a row, as text. */
export const RowId = z.string().regex(ROW_ID, 'must be an id');

/** As Prometheus names labels. */
export const LabelName = z
  .string()
  .max(100)
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'must be letters, digits and _, not beginning with a digit');

/** Labels by name; empty values are as good as none. */
export const Labels = z
  .record(LabelName, Line.max(200))
  .refine((labels) => Object.keys(labels).length <= 20, 'must be 20 labels at most');

/** An address that a browser opens: what is put into notifications must not be able to do more. */
export const WebAddress = z
  .string()
  .max(2_000)
  .refine(isWebAddress, 'must be an http or https address without a password');

function isWebAddress(text: string): boolean {
  if (/[\s\p{Cc}\p{Cs}"<>\\^`{|}]/u.test(text) || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

/** The version that a change is based on; absent: whatever it is by now. */
export const Version = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** What a deletion may say: the version that it is based on. Nothing is as good. */
export const Deletion = z.strictObject({ version: Version.optional() }).optional();
export type Deletion = z.infer<typeof Deletion>;
