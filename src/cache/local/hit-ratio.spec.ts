import { Random } from '../../../test/support/random.js';
import { Zipf } from '../../../test/support/traces.js';
import { LocalStore } from './local-store.js';

type Policy = 'lru' | 's3-fifo';

type Trace = (random: Random, read: number) => string;

const VALUE = Promise.resolve('value');
const NEVER = { refreshAtMs: Infinity, staleAtMs: Infinity, deadAtMs: Infinity };

/** Share of the reads of a trace that hit; what misses is loaded. The first third fills the store, uncounted. */
function hitRatio(policy: Policy, maxEntries: number, reads: number, trace: Trace): number {
  const store = new LocalStore({ maxEntries, maxBytes: Infinity, policy });
  const random = new Random(20_260_101);
  const warmUp = reads / 3;
  let hits = 0;
  for (let read = 0; read < reads; read += 1) {
    const key = trace(random, read);
    if (store.hit(key, 0, 1) === undefined) {
      store.put(key, { promise: VALUE, bytes: 1, bornAtMs: 0, tick: 1, ...NEVER });
    } else if (read >= warmUp) hits += 1;
  }
  return hits / (reads - warmUp);
}

describe('hit ratio of the local store', () => {
  it('is near the static optimum with S3-FIFO on Zipf 0.99 at 1 % size, and well above LRU', () => {
    const zipf = new Zipf(100_000);
    const trace: Trace = (random) => `row:${zipf.draw(random)}`;

    const ratio = hitRatio('s3-fifo', 1_000, 300_000, trace);

    expect(ratio / zipf.optimum(1_000)).toBeGreaterThanOrEqual(0.97);
    expect(ratio / hitRatio('lru', 1_000, 300_000, trace)).toBeGreaterThanOrEqual(1.15);
  });

  it.each([
    [240, 0.43],
    [300, 0.39],
    [400, 0.33],
  ])(
    'is about twice that of LRU with S3-FIFO when dashboards loop over %i panels and 200 fit',
    (panels, least) => {
      const zipf = new Zipf(20_000);
      const trace: Trace = (random, read) =>
        read % 2 === 0 ? `row:${zipf.draw(random)}` : `panel:${Math.floor(read / 2) % panels}`;

      expect(hitRatio('s3-fifo', 200, 60_000, trace)).toBeGreaterThanOrEqual(least);
      expect(hitRatio('lru', 200, 60_000, trace)).toBeLessThanOrEqual(0.2);
    },
  );

  it('is above LRU with S3-FIFO when the popular keys change all at once', () => {
    const zipf = new Zipf(20_000);
    const trace: Trace = (random, read) => `row:${zipf.draw(random)}:${Math.floor(read / 10_000)}`;

    const ratio = hitRatio('s3-fifo', 200, 60_000, trace);

    expect(ratio).toBeGreaterThan(hitRatio('lru', 200, 60_000, trace));
  });

  it('survives a scan of keys read once with S3-FIFO', () => {
    const trace: Trace = (random, read) => (read % 2 === 0 ? `row:${random.below(100)}` : `scan:${read}`);

    expect(hitRatio('s3-fifo', 200, 30_000, trace)).toBeGreaterThan(0.49);
  });
});
