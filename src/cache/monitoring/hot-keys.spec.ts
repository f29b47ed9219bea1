import { Random } from '../../../test/support/random.js';
import { Zipf } from '../../../test/support/traces.js';
import { HotKeys } from './hot-keys.js';

describe('HotKeys', () => {
  it('names nine in ten of the twenty keys read most, from one read in 256', () => {
    const random = new Random(7);
    const zipf = new Zipf(10_000);
    const hot = new HotKeys();

    for (let read = 0; read < 4_000_000; read += 256) hot.note(`key:${zipf.draw(random)}`, 256);

    const named = hot
      .top()
      .slice(0, 20)
      .map(({ key }) => Number(key.slice(4)));
    expect(named.filter((rank) => rank < 20).length).toBeGreaterThanOrEqual(18);
    expect(hot.top()[0]?.key).toBe('key:0');
  });

  it('stays bounded, whatever keys come', () => {
    const hot = new HotKeys();

    for (let index = 0; index < 50_000; index += 1) hot.note(`key:${index}`, 1);

    expect(hot.top()).toHaveLength(256);
  });

  it('lets the keys of yesterday go', () => {
    const hot = new HotKeys();
    for (let index = 0; index < 60_000; index += 1) hot.note('yesterday', 1);
    for (let index = 0; index < 100_000; index += 1) hot.note('today', 1);

    expect(hot.top().map(({ key }) => key)).toEqual(['today', 'yesterday']);
  });
});
