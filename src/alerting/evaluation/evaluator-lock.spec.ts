import { CollectingLogger } from '../../../test/support/collecting-logger.js';
import type { AcquiredLock, LockService } from '../../locks/index.js';
import { EvaluatorLock } from './evaluator-lock.js';

/** Locks that can always be had, once `granted` lets them. */
function locks(granted: Promise<void> = Promise.resolve()) {
  const counts = { acquired: 0, released: 0 };
  const lock = {
    remainingMs: () => 3_000,
    signal: new AbortController().signal,
    release: () => {
      counts.released += 1;
      return Promise.resolve();
    },
  };
  const service = {
    acquire: async () => {
      await granted;
      counts.acquired += 1;
      return lock as unknown as AcquiredLock;
    },
  };
  return { counts, service: service as unknown as LockService };
}

describe('EvaluatorLock', () => {
  it('does not take back what was given back: jobs run on while an instance stops', async () => {
    const { counts, service } = locks();
    const lock = new EvaluatorLock(service, new CollectingLogger());
    await lock.seek();

    await lock.release();

    expect(await lock.seek()).toBe(false);
    expect(lock.signal()).toBeUndefined();
    expect(counts).toEqual({ acquired: 1, released: 1 });
  });

  it('gives back at once what it gets after it was to stop', async () => {
    let grant = (): void => undefined;
    const { counts, service } = locks(new Promise((resolve) => (grant = resolve)));
    const lock = new EvaluatorLock(service, new CollectingLogger());
    const seeking = lock.seek();

    await lock.release();
    grant();

    expect(await seeking).toBe(false);
    expect(counts).toEqual({ acquired: 1, released: 1 });
  });
});
