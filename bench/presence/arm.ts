import { ApiClient } from '../../test/support/api-client.js';
import { openBenchDatabase } from '../support/embedded-database.js';
import { PeerProcess } from '../support/peer-process.js';
import type { ArmFigures } from './arms/figures.js';
import type { ArmName } from './dialects.js';
import type { Crowd } from './generator-process.js';
import { processorTimeUs } from './processor-time.js';

const ADMIN_KEY = `plim_bench_${'sockets-'.repeat(5)}`;
const MODULES: Readonly<Record<ArmName, string>> = {
  raw: 'raw-arm.ts',
  prebuilt: 'raw-arm.ts',
  nest: 'nest-arm.ts',
  'socket.io': 'socket-io-arm.ts',
  own: 'own-arm.ts',
};

/** One for all servers of ours that are started one after the other. */
let database: ReturnType<typeof openBenchDatabase> | undefined;
let made = 0;

/** After the last arm. */
export async function closeDatabase(): Promise<void> {
  await (await database)?.close();
}

/** A server that is measured, in a process of its own. */
export interface Arm {
  readonly name: ArmName;
  figures(): Promise<ArmFigures>;
  cpuUs(): Promise<number>;
  /** Names of rooms that clients can join. */
  rooms(count: number): Promise<string[]>;
  /** How clients come to it. */
  readonly door: Pick<Crowd, 'arm' | 'port' | 'headers'>;
  /** Asks it to stop as a system does; it ends by itself. */
  terminate(): void;
  readonly hasEnded: boolean;
  stop(): Promise<void>;
}

export function startArm(name: ArmName, redisUrl: string): Promise<Arm> {
  return name === 'own' ? startOwn(redisUrl) : startPeer(name);
}

async function startPeer(name: ArmName): Promise<Arm> {
  const peer = await PeerProcess.start(moduleOf(name), { isPrebuilt: name === 'prebuilt' });
  const port = await peer.ask<number>('port');
  return Object.assign(await basics(name, peer), {
    door: { arm: name, port },
    rooms: (count) => Promise.resolve(Array.from({ length: count }, (_, index) => String(index + 1))),
    stop: () => peer.stop(),
  } satisfies Omit<Arm, keyof Basics>);
}

/** With limits that let everybody of a bench in from one address, under one key. */
async function startOwn(redisUrl: string): Promise<Arm> {
  database ??= openBenchDatabase();
  const { url } = await database;
  const env = {
    DATABASE_URL: url,
    REDIS_URL: redisUrl,
    PLIMSOLL_ADMIN_KEY: ADMIN_KEY,
    LOG_LEVEL: 'error',
    PORT: '0',
    SHUTDOWN_NOT_READY_MS: '0',
    WEBSOCKET_MAX_CONNECTIONS_PER_TENANT: '100000',
    WEBSOCKET_MAX_CONNECTIONS_PER_LAYOUT: '10000',
    WEBSOCKET_CONNECTS_PER_SECOND: '100000',
  };
  const peer = await PeerProcess.start(moduleOf('own'), { env });
  const port = await peer.ask<number>('port');
  const api = new ApiClient(`http://127.0.0.1:${port}`, ADMIN_KEY);
  return Object.assign(await basics('own', peer), {
    door: { arm: 'own', port, headers: { Authorization: `Bearer ${ADMIN_KEY}` } },
    rooms: (count) =>
      Promise.all(Array.from({ length: count }, () => makeLayout(api, `bench ${(made += 1)}`))),
    stop: () => peer.stop(),
  } satisfies Omit<Arm, keyof Basics>);
}

async function makeLayout(api: ApiClient, name: string): Promise<string> {
  const { body, status, text } = await api.post('/api/layouts', { name, columns: 100, rows: 100 });
  if (status !== 201) throw new TypeError(`POST /api/layouts answered ${status}: ${text}`);
  return (body?.data as { id: string }).id;
}

/** What all arms have. */
type Basics = Pick<Arm, 'name' | 'figures' | 'cpuUs' | 'terminate' | 'hasEnded'>;

async function basics(name: ArmName, peer: PeerProcess): Promise<Basics> {
  const pid = await peer.ask<number>('pid');
  let hasEnded = false;
  return {
    name,
    terminate: () => {
      hasEnded = true;
      process.kill(pid, 'SIGTERM');
    },
    get hasEnded() {
      return hasEnded;
    },
    figures: () => peer.ask('figures'),
    cpuUs: async () => processorTimeUs(pid) ?? (await peer.ask<number>('cpu')),
  };
}

function moduleOf(name: ArmName): URL {
  return new URL(`./arms/${MODULES[name]}`, import.meta.url);
}
