import { Random } from '../../../test/support/random.js';
import { Zipf } from '../../../test/support/traces.js';
import { LocalStore } from './local-store.js';

type Policy = 'lru' | 's3-fifo';

const VALUE = Promise.resolve('value');
const SIZE = 1_000;
const READS = 600_000;
/** The first third fills the store and does not count. */
const WARM_UP = READS / 3;

const zipf = new Zipf(100 * SIZE);

/** Share of the reads of a trace that hit; what misses is loaded. */
function hitRatio(policy: Policy, trace: (random: Random, read: number) => string): number {
  const store = new LocalStore({ maxEntries: SIZE, maxBytes: Infinity, policy });
  const never = { refreshAtMs: Infinity, staleAtMs: Infinity, deadAtMs: Infinity };
  const random = new Random(20_260_101);
  let hits = 0;
  for (let read = 0; read < READS; read += 1) {
    const key = trace(random, read);
    if (store.hit(key, 0, 1) === undefined)
      store.put(key, { promise: VALUE, bytes: 1, bornAtMs: 0, tick: 1, ...never });
    else if (read >= WARM_UP) hits += 1;
  }
  return hits / (READS - WARM_UP);
}

describe('hit ratio of the local store', () => {
  it('is near the static optimum with S3-FIFO on Zipf 0.99 at 1 % size, and well above LRU', () => {
    const trace = (random: Random): string => `row:${zipf.draw(random)}`;

    const ratio = hitRatio('s3-fifo', trace);

    expect(ratio / zipf.optimum(SIZE)).toBeGreaterThanOrEqual(0.97);
    expect(ratio / hitRatio('lru', trace)).toBeGreaterThanOrEqual(1.15);
  });

  it('is twice that of LRU with S3-FIFO when dashboards loop over more than fits', () => {
    const trace = (random: Random, read: number): string =>
      random.fraction() < 0.5 ? `row:${zipf.draw(random)}` : `panel:${Math.floor(read / 2) % (1.2 * SIZE)}`;

    expect(hitRatio('lru', trace)).toBeLessThan(0.22);
    expect(hitRatio('s3-fifo', trace)).toBeGreaterThanOrEqual(0.43);
  });

  it('is above LRU with S3-FIFO when the popular keys change every 50,000 reads', () => {
    const trace = (random: Random, read: number): string =>
      `row:${zipf.draw(random)}:${Math.floor(read / 50_000)}`;

    expect(hitRatio('s3-fifo', trace)).toBeGreaterThan(hitRatio('lru', trace));
  });

  it('survives a scan of keys read once with S3-FIFO', () => {
    const trace = (random: Random, read: number): string =>
      read % 2 === 0 ? `row:${random.below(SIZE / 2)}` : `scan:${read}`;

    expect(hitRatio('s3-fifo', trace)).toBeGreaterThan(0.49);
  });
});
