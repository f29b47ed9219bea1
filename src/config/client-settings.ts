import { z } from 'zod';
import { InvalidSettingsError } from './errors.js';
import { Secret } from './secret.js';

/** Variables of command-line tools; the server reads none of them. */
const ClientEnvironment = z.object({
  PLIMSOLL_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:3000'),
  PLIMSOLL_API_KEY: z
    .string()
    .transform((text) => new Secret(text))
    .optional(),
});

/** Which server a command-line tool talks to, and as whom. */
export interface ClientSettings {
  readonly url: string;
  readonly apiKey?: Secret;
}

/**
 * The settings of command-line tools; an empty variable counts as unset.
 * @throws InvalidSettingsError CONFIG_INVALID
 */
export function readClientSettings(variables: Readonly<Record<string, string | undefined>>): ClientSettings {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = ClientEnvironment.safeParse(set);
  if (!parsed.success) {
    throw new InvalidSettingsError(
      parsed.error.issues.map(({ path, message }) => `${String(path[0])}: ${message}`),
    );
  }
  const { PLIMSOLL_URL: url, PLIMSOLL_API_KEY: apiKey } = parsed.data;
  return { url, ...(apiKey && { apiKey }) };
}
