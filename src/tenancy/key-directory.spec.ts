import { FakeClock } from '../../test/support/fake-clock.js';
import { DatabaseUnavailableError } from '../platform/database/index.js';
import { KeyDirectory } from './key-directory.js';
import type { KeyRecord, KeyRepository } from './key.repository.js';

/** A table of keys whose answers the test releases. */
class Table {
  readonly queries: string[][] = [];
  isRevoked = false;
  failure: Error | undefined;
  private release: (() => void)[] = [];

  findMany(ids: readonly string[]): Promise<KeyRecord[]> {
    this.queries.push([...ids]);
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const revokedAt = this.isRevoked ? new Date(0) : null;
    const rows = ids.filter((id) => id.startsWith('key')).map((id) => ({ id, revokedAt }) as KeyRecord);
    return new Promise((resolve) => this.release.push(() => resolve(rows)));
  }

  async answer(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (const release of this.release.splice(0)) release();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function setUp() {
  const [table, clock] = [new Table(), new FakeClock()];
  return { table, clock, directory: new KeyDirectory(table as unknown as KeyRepository, clock) };
}

describe('KeyDirectory', () => {
  it('asks once for a key that many ask for', async () => {
    const { table, directory } = setUp();
    const asked = Array.from({ length: 50 }, () => directory.find('key-1'));
    await table.answer();

    const found = await Promise.all(asked);

    expect(new Set(found.map((record) => record?.id))).toEqual(new Set(['key-1']));
    expect(table.queries).toEqual([['key-1']]);
  });

  it('runs one query at a time, however many unknown ids arrive', async () => {
    const { table, directory } = setUp();
    const first = directory.find('nobody-0');
    await new Promise((resolve) => setImmediate(resolve));
    const rest = Array.from({ length: 500 }, (_, index) => directory.find(`nobody-${index + 1}`));
    await table.answer();
    await table.answer();

    expect(await Promise.all([first, ...rest])).toEqual(Array.from({ length: 501 }, () => undefined));
    expect(table.queries.map(({ length }) => length)).toEqual([1, 500]);
  });

  it('sends callers away when too many ids wait', async () => {
    const { table, directory } = setUp();
    const waiting = Array.from({ length: 1_000 }, (_, index) => directory.find(`nobody-${index}`));

    await expect(directory.find('one-too-many')).rejects.toMatchObject({ code: 'TENANCY_KEY_CHECK_BUSY' });
    await table.answer();
    await Promise.all(waiting);
  });

  it('reads a key again after 5 s', async () => {
    const { table, clock, directory } = setUp();
    const ask = async () => {
      const asked = directory.find('key-1');
      await table.answer();
      await asked;
    };
    await ask();
    await clock.advance(4_999);
    await ask();
    await clock.advance(1);
    await ask();

    expect(table.queries).toHaveLength(2);
  });

  it('trusts a key for five minutes that it can no longer ask for', async () => {
    const { table, clock, directory } = setUp();
    const first = directory.find('key-1');
    await table.answer();
    await first;
    await clock.advance(5_000);

    const slow = directory.find('key-1');
    await clock.advance(1_000);
    expect(await slow).toMatchObject({ id: 'key-1' });
    await table.answer();

    await clock.advance(10_000);
    table.failure = new DatabaseUnavailableError('away');
    expect(await directory.find('key-1')).toMatchObject({ id: 'key-1' });
    await expect(directory.find('key-2')).rejects.toThrow(table.failure);
    await clock.advance(310_000);
    await expect(directory.find('key-1')).rejects.toThrow(table.failure);
  });

  it('trusts no key that was changed here', async () => {
    const { table, clock, directory } = setUp();
    const first = directory.find('key-1');
    await table.answer();
    await first;
    await clock.advance(5_000);
    directory.forget('key-1');
    table.failure = new DatabaseUnavailableError('away');

    await expect(directory.find('key-1')).rejects.toThrow(table.failure);
  });

  it('does not keep what was read before a key was changed', async () => {
    const { table, directory } = setUp();
    const before = directory.find('key-1');
    await new Promise((resolve) => setImmediate(resolve));
    table.isRevoked = true;
    directory.forget('key-1');
    await table.answer();
    await before;

    const after = directory.find('key-1');
    await table.answer();

    expect((await after)?.revokedAt).not.toBeNull();
  });
});
