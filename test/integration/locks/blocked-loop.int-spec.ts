import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type LocksInstance, startLocks } from '../../support/locks.js';
import { RedisServer } from '../../support/redis-server.js';

const PROCESS = fileURLToPath(new URL('blocked-process.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

describe('a lock whose holder blocks its event loop', () => {
  let server: RedisServer;
  let other: LocksInstance;
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    server = await RedisServer.start();
    other = await startLocks({ backend: 'redis', redisUrl: server.url, env: { LOCK_TTL_MS: '1000' } });
  });
  afterAll(async () => {
    child?.kill('SIGKILL');
    await other.close();
    await server.stop();
  });

  async function block(blockMs: number, blockedMs: number) {
    child = fork(PROCESS, [JSON.stringify({ url: server.url, blockMs, blockedMs })], {
      cwd: ROOT,
      execArgv: ['--import', './scripts/register-ts.mjs'],
    });
    await once(child, 'message');
    const startedAt = performance.now();
    const told = once(child, 'message') as Promise<[{ isHeld: boolean; isReleased: boolean }]>;
    const taken = await other.locks.acquire('x', { waitMs: 20_000 });
    const tookMs = performance.now() - startedAt;
    await taken.release();
    const [outcome] = await told;
    return { ...outcome, tookMs };
  }

  it('is kept for three seconds with a TTL of one', async () => {
    const { isHeld, isReleased, tookMs } = await block(3_000, 10_000);

    expect({ isHeld, isReleased }).toEqual({ isHeld: true, isReleased: true });
    expect(tookMs).toBeGreaterThan(2_500);
  });

  it('is given up for sure when it stands still for longer than allowed', async () => {
    const { isHeld, isReleased, tookMs } = await block(8_000, 800);

    expect({ isHeld, isReleased }).toEqual({ isHeld: false, isReleased: false });
    expect(tookMs).toBeLessThan(7_000);
  });
});
