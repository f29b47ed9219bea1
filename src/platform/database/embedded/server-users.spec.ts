import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerUsers } from './server-users.js';

describe('ServerUsers', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'plimsoll-users-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('counts who is left, also within one process', async () => {
    const [one, two] = [new ServerUsers(directory), new ServerUsers(directory)];
    await one.join();
    await one.join();
    await two.join();

    expect(await one.leave()).toBe(1);
    expect(await two.leave()).toBe(0);
  });

  it.each([
    ['a dead process', '{"pid":999999999,"startedAt":"1"}'],
    ['a later process with the same pid', `{"pid":${process.pid},"startedAt":"another"}`],
    ['a file cut short by a crash', '{"pid":'],
  ])('does not count %s, and forgets it', async (_title, text) => {
    writeFileSync(join(directory, 'left.json'), text);
    const users = new ServerUsers(directory);
    await users.join();

    expect(await users.leave()).toBe(0);
    expect(readdirSync(directory)).toEqual([]);
  });
});
