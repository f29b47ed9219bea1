import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Binaries } from './binaries.js';
import type { ServerSettings } from './server-settings.js';

const LIBRARY = 'pg_stat_statements';
/** Where distributions for Linux, macOS and Windows keep it, seen from their programs. */
const PLACES = [
  `../lib/postgresql/${LIBRARY}.so`,
  `../lib/postgresql/${LIBRARY}.dylib`,
  `../lib/${LIBRARY}.dll`,
];

/** Loads the statistics of statements, when the distribution has them: without its library a server would not start. */
export function preloadSettings({ pgCtl }: Pick<Binaries, 'pgCtl'>): ServerSettings {
  const programs = dirname(pgCtl);
  const isThere = PLACES.some((place) => existsSync(join(programs, place)));
  return isThere ? { shared_preload_libraries: LIBRARY } : {};
}
