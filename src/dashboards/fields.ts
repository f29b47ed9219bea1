import { z } from 'zod';
import { ROW_ID } from '../kernel/page.js';

/** On one line: no control characters, no halves of a surrogate pair, nothing that turns what follows around. */
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
export const ShownName = Line.min(1).max(100).regex(VISIBLE, 'must have a character that can be seen');

/** Id of a row, as text. */
export const RowId = z.string().regex(ROW_ID, 'must be an id');

/** The version that a change is based on; absent: whatever it is by now. */
export const Version = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** Deeper is no content: the database, and whoever reads it, has to follow. */
const DEEPEST = 16;

/** An object of the page's own making. What the database could not give back as it came is refused. */
export function pageObject(mostBytes: number) {
  return z
    .record(z.string(), z.unknown())
    .superRefine((value, context) => {
      const problem = problemOf(value, DEEPEST);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
      else if (Buffer.byteLength(JSON.stringify(value)) + unwrittenDigits(value) > mostBytes)
        context.addIssue({
          code: 'custom',
          message: `must be ${mostBytes} bytes of JSON at most, numbers written out`,
        });
    })
    .transform(asKept);
}

/** As the database gives it back: without -0. */
function asKept(value: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
}

/** The database writes 1e300 as 301 digits, to whoever reads it. */
function unwrittenDigits(value: unknown): number {
  if (typeof value === 'number') return Math.abs(Number(/e(.+)$/.exec(String(value))?.[1] ?? 0));
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, part: unknown) => sum + unwrittenDigits(part), 0);
}

function problemOf(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return problemOfText(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return 'must not hold numbers that are too great';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === 0) return `must not be deeper than ${DEEPEST} levels`;
  for (const [key, part] of Object.entries(value)) {
    const problem = problemOfText(key) ?? problemOf(part, depth - 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOfText(text: string): string | undefined {
  return /[\0\p{Cs}]/u.test(text) ? 'must not hold NUL or halves of a surrogate pair' : undefined;
}
