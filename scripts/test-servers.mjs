// The real PostgreSQL and Redis of one test run, each on a free port and in a temporary directory.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findRedisServer, NO_REDIS, withLibraries } from './redis-ladder.mjs';

const REDIS_START_MS = 30_000;
const REDIS_STOP_MS = 5_000;
const PREFIX = 'plimsoll-test-';
const RUNNER_PID = 'runner.pid';
const REDIS_PID = 'redis.pid';

/** Nothing here has to survive a power cut. */
const FAST_SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '300',
};

/**
 * Starts what the environment does not give. Returns the variables that tell the tests where the servers are,
 * and `stop`, which never throws and may be called twice.
 */
export async function startTestServers({ say }) {
  await sweep(say);
  const directory = mkdtempSync(join(tmpdir(), PREFIX));
  // PostgreSQL of a root user runs as another one, who must get through.
  if (process.getuid?.() === 0) chmodSync(directory, 0o711);
  writeFileSync(join(directory, RUNNER_PID), String(process.pid));
  const stops = [
    () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }),
    () => stopLeft(directory),
  ];
  const stop = async () => {
    for (const step of stops.splice(0).reverse()) {
      await Promise.resolve()
        .then(step)
        .catch((error) => say(`Cleaning up after the tests: ${error.message}`));
    }
  };
  try {
    const variables = {
      ...(await startPostgres(directory, stops)),
      ...(await startRedis(directory, stops, say)),
    };
    return { variables, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startPostgres(directory, stops) {
  const given = process.env.TEST_DATABASE_URL || process.env.DATABASE_URL;
  if (given) return { PLIMSOLL_TEST_DATABASE_URL: given };
  const server = await embeddedPostgres(join(directory, 'postgres'));
  stops.push(() => server.stop());
  const { url } = await server.start();
  return { PLIMSOLL_TEST_DATABASE_URL: url };
}

async function embeddedPostgres(dataDir) {
  const dist = new URL('../dist/', import.meta.url);
  const { EmbeddedPostgres } = await import(new URL('platform/database/embedded/embedded-postgres.js', dist));
  const { SystemClock } = await import(new URL('kernel/clock.js', dist));
  return new EmbeddedPostgres({
    dataDir,
    clock: new SystemClock(),
    settings: FAST_SETTINGS,
    onEvent: () => {},
  });
}

/** Fault tests start servers of their own, so the program is looked for even when a server is given. */
async function startRedis(directory, stops, say) {
  const given = process.env.REDIS_URL;
  const server = findRedisServer(say);
  const program = server && { PLIMSOLL_TEST_REDIS_SERVER: JSON.stringify(server) };
  if (given) return { PLIMSOLL_TEST_REDIS_URL: given, ...program };
  if (!server) throw new Error(NO_REDIS);
  const port = await freePort();
  const name = `plimsoll-test-redis-${process.pid}`;
  const child = spawn(server.command, redisArgs(server, { port, name, directory }), {
    env: withLibraries(server.libraryPath),
    stdio: 'ignore',
    // Ctrl-C reaches the whole group: Redis must live until the tests have ended.
    detached: true,
  });
  child.unref();
  writeFileSync(join(directory, REDIS_PID), String(child.pid));
  stops.push(() => stopRedis(child));
  await waitForPort(port, child);
  return { PLIMSOLL_TEST_REDIS_URL: `redis://127.0.0.1:${port}`, ...program };
}

function redisArgs({ args, container }, { port, name, directory }) {
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  if (container) return [...args.toSpliced(1, 0, '--name', name), ...own];
  return [...args, ...own, '--dir', directory];
}

async function stopRedis(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.ref();
  child.kill('SIGTERM');
  const isLate = await Promise.race([exited, sleep(REDIS_STOP_MS, 'late', { ref: false })]);
  if (isLate === 'late') child.kill('SIGKILL');
  await exited;
}

async function waitForPort(port, child) {
  const deadline = performance.now() + REDIS_START_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null)
      throw new Error(`The Redis server for the tests ended with code ${child.exitCode}.`);
    const socket = createConnection({ port, host: '127.0.0.1' });
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await sleep(20);
  }
  throw new Error(
    `The Redis server for the tests did not listen on port ${port} within ${REDIS_START_MS} ms.`,
  );
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** Ends what a test run left that was killed before it could clean up. */
async function sweep(say) {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const directory = join(tmpdir(), name);
    try {
      const runnerPid = Number(readFileSync(join(directory, RUNNER_PID), 'utf8'));
      if (isAlive(runnerPid)) continue;
      say(`Cleaning up after an interrupted test run (${directory}) ...`);
      endRedis(directory);
      await stopLeft(directory);
      if (existsSync(join(directory, 'postgres'))) await joinAndStop(join(directory, 'postgres'));
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    } catch {
      // Of another user, or half made: not ours to judge.
      continue;
    }
  }
}

/** Servers of single tests (test/support/embedded-directory.ts) that an interrupted Jest could not stop. */
async function stopLeft(directory) {
  for (const name of readdirSync(directory).filter((entry) => entry.startsWith('embedded-'))) {
    await joinAndStop(join(directory, name, 'data'));
  }
}

/** Joins what runs in a data directory, if it can be run at all, and leaves it as its last user. */
async function joinAndStop(dataDir) {
  const left = await embeddedPostgres(dataDir);
  await left.start().catch(() => undefined);
  await left.stop();
}

/** Only a process that works in this very directory: the pid may be somebody else's by now. */
function endRedis(directory) {
  if (!existsSync(join(directory, REDIS_PID)) || process.platform !== 'linux') return;
  const pid = Number(readFileSync(join(directory, REDIS_PID), 'utf8'));
  if (!isAlive(pid)) return;
  const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  const isRedis = commandLine.includes('redis-server') || commandLine.includes('valkey-server');
  if (isRedis) process.kill(pid, 'SIGTERM');
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
