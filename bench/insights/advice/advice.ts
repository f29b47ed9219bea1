import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { SystemClock } from '../../../src/kernel/clock.js';
import { EmbeddedPostgres } from '../../../src/platform/database/embedded/embedded-postgres.js';
import { freePort } from '../../../test/support/test-servers.js';
import type { BenchRow } from '../../support/report.js';
import { type Arm, measureArms } from './arms.js';
import { rowsOf } from './rows.js';

/** How much is tried. */
export interface AdviceScale {
  readonly schemas: number;
  readonly statements: number;
}

export const ADVICE_FULL: AdviceScale = { schemas: 6, statements: 40 };
export const ADVICE_SHORT: AdviceScale = { schemas: 1, statements: 8 };

const DEBIAN = '/usr/lib/postgresql/15/bin';

/**
 * Advice against brute force over random statements: with the embedded server, where indexes are really built, and
 * where Debian's PostgreSQL 15 with hypopg is installed, there, with and without the extension.
 */
export async function benchAdvice(scale: AdviceScale, seed: number): Promise<BenchRow[]> {
  const built = await withEmbedded((url) =>
    measureArms({ url, seed, scale: reduced(scale), arms: ['model', 'first-column'] }),
  );
  const pretended = existsSync(join(DEBIAN, 'postgres'))
    ? await withDebian((url) => measurePretended(url, seed, scale))
    : undefined;
  return rowsOf(built, pretended);
}

/** Building takes long: fewer statements are tried where each trial builds. */
function reduced({ schemas, statements }: AdviceScale): AdviceScale {
  return {
    schemas: Math.max(1, Math.floor(schemas / 3)),
    statements: Math.max(6, Math.floor(statements / 3)),
  };
}

async function measurePretended(url: string, seed: number, scale: AdviceScale) {
  if (!(await hasHypopg(url))) return undefined;
  const arms: Arm[] = ['model', 'hypopg', 'first-column'];
  return measureArms({ url, seed, scale, arms });
}

async function hasHypopg(url: string): Promise<boolean> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query(`SELECT FROM pg_available_extensions WHERE name = 'hypopg'`);
    return rows.length > 0;
  } finally {
    await client.end();
  }
}

async function withEmbedded<T>(work: (url: string) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-advice-'));
  await chmod(dataDir, 0o711);
  const postgres = new EmbeddedPostgres({ dataDir, clock: new SystemClock(), onEvent: () => undefined });
  const { url } = await postgres.start();
  try {
    return await work(url);
  } finally {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** A server of the bench's own; PostgreSQL refuses root, so that another user runs it then. */
async function withDebian<T>(work: (url: string) => Promise<T>): Promise<T | undefined> {
  const dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-advice15-'));
  const port = await freePort();
  const isRoot = userInfo().uid === 0;
  const run = (command: string, args: string[]): boolean => {
    const full = isRoot ? ['-u', 'postgres', '--', join(DEBIAN, command), ...args] : args;
    return spawnSync(isRoot ? 'runuser' : join(DEBIAN, command), full, { stdio: 'ignore' }).status === 0;
  };
  if (isRoot) {
    const { stdout } = spawnSync('id', ['-u', 'postgres'], { encoding: 'utf8' });
    await chown(dataDir, Number(stdout), -1);
  }
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c autovacuum=off`;
  const isUp =
    run('initdb', ['-D', dataDir, '-A', 'trust', '-U', 'postgres']) &&
    run('pg_ctl', ['-D', dataDir, '-w', '-l', join(dataDir, 'log'), '-o', options, 'start']);
  try {
    return isUp ? await work(`postgres://postgres@127.0.0.1:${port}/postgres`) : undefined;
  } finally {
    run('pg_ctl', ['-D', dataDir, '-m', 'immediate', 'stop']);
    await rm(dataDir, { recursive: true, force: true });
  }
}
