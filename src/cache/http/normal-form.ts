import { createHash } from 'node:crypto';

/** Longer forms are hashed: keys stay short, and short ones readable. */
const LONGEST = 128;

/**
 * One text for all spellings of one question: sorted `name=value` pairs, without undefined ones. Text is written as
 * it is, anything else as JSON after a `~`, so that no two questions meet. A long form becomes its SHA-256, which
 * has no `=` and so is no short form.
 */
export function normalForm(question: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(question)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeText(name)}=${encodeText(value)}`)
    .sort();
  const form = pairs.join('&');
  return form.length <= LONGEST ? form : createHash('sha256').update(form).digest('base64url');
}

function encodeText(value: unknown): string {
  const json = JSON.stringify(value, sortedKeys);
  const isPlain = typeof value === 'string' && json === `"${value}"`;
  return isPlain ? encodeURIComponent(value).replaceAll('~', '%7E') : `~${encodeURIComponent(json)}`;
}

/** Replacer of JSON.stringify: objects with their keys in order. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
