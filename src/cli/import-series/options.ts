import { basename, extname } from 'node:path';
import { parseArgs } from 'node:util';
import { type ClientSettings, Secret } from '../../config/index.js';
import { ImportUsageError } from './errors.js';
import type { ValueRole } from './sample.js';

/** What to import, as what, and to where. */
export interface ImportOptions {
  readonly path: string;
  /** Origin of the server, without a slash at the end. */
  readonly url: string;
  readonly apiKey: Secret;
  readonly source: string;
  readonly type: string;
  readonly valueRole: ValueRole;
  /** False: samples keep their own times. */
  readonly isShifted: boolean;
  /** Where the newest sample is put; the present time when absent. */
  readonly endingAt?: Date;
  /** Samples further than this before the newest one are left out. */
  readonly lastDays?: number;
}

export const USAGE = `Usage: npm run import -- <csv> [options]

Reads "timestamp,value" lines (UTC), moves the samples in time so that the newest one is now, and posts them
to a running server. An interrupted import is resumed by the same command with the --ending-at it printed.

  --url URL            the server (PLIMSOLL_URL, http://127.0.0.1:3000)
  --key KEY            API key that may post measurements (PLIMSOLL_API_KEY)
  --source NAME        scraperSource of the events (the file's name)
  --type NAME          metricType of the events (imported)
  --as duration|items  what a value is: milliseconds, or a number of items (duration)
  --no-shift           keep the times of the file
  --ending-at INSTANT  put the newest sample at this instant instead of now
  --last-days N        leave out samples more than N days older than the newest one
`;

const OPTIONS = {
  url: { type: 'string' },
  key: { type: 'string' },
  source: { type: 'string' },
  type: { type: 'string' },
  as: { type: 'string' },
  'no-shift': { type: 'boolean' },
  'ending-at': { type: 'string' },
  'last-days': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const DEFAULT_TYPE = 'imported';
const NAME_MAX_CHARACTERS = 200;

/**
 * The options of a command line over the settings of the environment; 'help' when it asks for that.
 * @throws ImportUsageError IMPORT_USAGE_INVALID
 */
export function parseOptions(args: readonly string[], settings: ClientSettings): ImportOptions | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) throw new ImportUsageError('Name one CSV file.');
  return {
    path,
    url: toOrigin(values.url ?? settings.url),
    apiKey: toKey(values.key, settings),
    source: values.source ?? toName(path),
    type: values.type ?? DEFAULT_TYPE,
    valueRole: toRole(values.as ?? 'duration'),
    ...toTimes(values),
  };
}

function toTimes(values: ReturnType<typeof parse>['values']) {
  const { 'no-shift': isFixed = false, 'ending-at': endingAt, 'last-days': lastDays } = values;
  if (isFixed && endingAt !== undefined) {
    throw new ImportUsageError('--no-shift and --ending-at exclude each other.');
  }
  return {
    isShifted: !isFixed,
    ...(endingAt !== undefined && { endingAt: toInstant(endingAt) }),
    ...(lastDays !== undefined && { lastDays: toDays(lastDays) }),
  };
}

function toKey(text: string | undefined, settings: ClientSettings): Secret {
  const key = text === undefined ? settings.apiKey : new Secret(text);
  // A header takes nothing else, and a broken copy is better found here.
  if (key !== undefined && /^[\x21-\x7e]+$/.test(key.reveal())) return key;
  throw new ImportUsageError('Give an API key by --key or PLIMSOLL_API_KEY.');
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    throw new ImportUsageError(error instanceof Error ? `${error.message}.` : String(error));
  }
}

/** The file's name without its extension; whatever could trouble a label or a shell becomes "-". */
function toName(path: string): string {
  const name = basename(path, extname(path)).replace(/[^A-Za-z0-9._-]+/g, '-');
  return name.replace(/^-+|-+$/g, '').slice(0, NAME_MAX_CHARACTERS) || DEFAULT_TYPE;
}

function toOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, '');
  throw new ImportUsageError(`--url must be an http or https address, was "${text}".`);
}

function toRole(text: string): ValueRole {
  if (text === 'duration' || text === 'items') return text;
  throw new ImportUsageError(`--as must be duration or items, was "${text}".`);
}

function toInstant(text: string): Date {
  const at = new Date(text);
  if (/(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(at.getTime())) return at;
  throw new ImportUsageError(`--ending-at must be an ISO 8601 instant with a zone, was "${text}".`);
}

function toDays(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new ImportUsageError(`--last-days must be a whole number of days, was "${text}".`);
}
