// One of the processes that want the same lock; see fairness.ts.
import { setTimeout as pause } from 'node:timers/promises';
import { startLocks } from '../../test/support/locks.js';
import { answerQuestions, startedWith } from '../support/peer-process.js';
import { openPolling } from './polling.js';
import type { Contest } from './fairness.js';

const TTL_MS = 10_000;
/** The library's own pauses. */
const POLL = { retryCount: 1_000 };

const { url } = startedWith() as { url: string };
const { locks } = await startLocks({ backend: 'redis', redisUrl: url, env: { LOCK_WAIT_MS: '60000' } });
const polling = openPolling([url], POLL);

/** Everybody begins at one moment, and stops at one. */
async function contest(
  { contenders, fromMs, untilMs }: Contest,
  take: () => Promise<void>,
): Promise<number[]> {
  await pause(fromMs - Date.now());
  return Promise.all(
    Array.from({ length: contenders }, async () => {
      let count = 0;
      for (; Date.now() < untilMs; count += 1) await take();
      return count;
    }),
  );
}

answerQuestions({
  plimsoll: (input: Contest) => contest(input, () => locks.withLock('fair', () => pause(1))),
  redlock: (input: Contest) =>
    contest(input, async () => {
      const vote = await polling.acquire('redlock:fair', TTL_MS);
      await pause(1);
      await polling.release(vote);
    }),
});
