// An instance whose event loop stands still while it holds a lock; see blocked-loop.int-spec.ts.
import { startLocks } from '../../support/locks.js';

const { url, blockMs, blockedMs } = JSON.parse(process.argv[2] ?? '{}') as {
  url: string;
  blockMs: number;
  blockedMs: number;
};
const instance = await startLocks({
  backend: 'redis',
  redisUrl: url,
  env: { LOCK_TTL_MS: '1000', LOCK_BLOCKED_MS: String(blockedMs) },
});
const lock = await instance.locks.acquire('x');
process.send?.('held');
const untilMs = performance.now() + blockMs;
while (performance.now() < untilMs);
// At once, before any timer or message of this thread could run.
const isHeld = lock.remainingMs() > 0;
const isReleased = await lock.release();
process.send?.({ isHeld, isReleased });
await instance.close();
process.disconnect();
