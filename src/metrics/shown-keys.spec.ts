import type { CallerIdentity } from '../tenancy/index.js';
import { type KeyView, showKeys } from './shown-keys.js';

const HOTTEST: KeyView = { order: 'hottest', limit: 100 };

const KEYS = [
  { key: 'http-stats:7:scraper=shop', reads: 640 },
  { key: 'http-stats:8:scraper=secret', reads: 320 },
  { key: 'http-stats:9:scraper=other', reads: 640 },
  { key: 'account:7:summary', reads: 64 },
];

function caller(tenantId: string, isOperator = false): CallerIdentity {
  return { tenantId, keyId: 'k', role: 'admin', isOperator };
}

describe('showKeys', () => {
  it('shows operators all keys', () => {
    expect(showKeys(KEYS, caller('1', true), HOTTEST).map(({ key }) => key)).toEqual([
      'http-stats:7:scraper=shop',
      'http-stats:9:scraper=other',
      'http-stats:8:scraper=secret',
      'account:7:summary',
    ]);
  });

  it('shows others the keys of answers to their tenant, and shapes, counted together', () => {
    expect(showKeys(KEYS, caller('7'), HOTTEST)).toEqual([
      { key: 'http-stats:*:*', reads: 960 },
      { key: 'http-stats:7:scraper=shop', reads: 640 },
      // An id that looks like the tenant's is none: only answers are known to be somebody's.
      { key: 'account:*:*', reads: 64 },
    ]);
  });

  it('shows shapes alone to whoever sends no key', () => {
    expect(showKeys(KEYS, undefined, HOTTEST).map(({ key }) => key)).toEqual([
      'http-stats:*:*',
      'account:*:*',
    ]);
  });

  it('counts together before it takes as many as are asked for', () => {
    expect(showKeys(KEYS, caller('7'), { order: 'hottest', limit: 2 })).toEqual([
      { key: 'http-stats:*:*', reads: 960 },
      { key: 'http-stats:7:scraper=shop', reads: 640 },
    ]);
  });

  it('shows the least read first, in the order they came in', () => {
    const unread = [{ key: 'old:1', reads: 0 }, { key: 'new:1', reads: 0 }, ...KEYS];

    expect(showKeys(unread, caller('7', true), { order: 'coldest', limit: 3 })).toEqual([
      { key: 'old:1', reads: 0 },
      { key: 'new:1', reads: 0 },
      { key: 'account:7:summary', reads: 64 },
    ]);
  });
});
