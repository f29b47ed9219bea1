import { setTimeout as pause } from 'node:timers/promises';
import { ServerProcess } from '../../test/support/server-process.js';

const SETTLE_MS = 3_000;
const ADMIN_KEY = `plim_bench_${'load-'.repeat(10)}`;

/** dist/main.js as users run it, after its start has calmed down. */
export async function startServer(env: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const server = await ServerProcess.start({
    env: { PLIMSOLL_ADMIN_KEY: ADMIN_KEY, LOG_LEVEL: 'warn', SHUTDOWN_NOT_READY_MS: '0', ...env },
  });
  await pause(SETTLE_MS);
  return server;
}
