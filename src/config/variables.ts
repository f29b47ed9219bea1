import { z } from 'zod';
import { Secret } from './secret.js';

/** Digits alone, within bounds. */
export const wholeNumber = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(minimum).max(maximum));

/** true or false. */
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** An address that may hold a password. */
export const secretUrl = (protocol: RegExp) =>
  z
    .url({ protocol })
    .refine(isDecodable, 'a "%" in the user or the password must be written as %25')
    .transform((text) => new Secret(text));

/** Whether a URL's user and password can be read: a lone "%" cannot. */
export function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
