import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '../../../../test/support/fake-clock.js';
import { SystemClock } from '../../../kernel/clock.js';
import { DirectoryLock } from './directory-lock.js';

const DEADLINE_MS = 1_000;

describe('DirectoryLock', () => {
  let root: string;
  let path: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'plimsoll-lock-'));
    path = join(root, 'lock');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('lets one holder in at a time and leaves nothing behind', async () => {
    const clock = new SystemClock();
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await clock.sleep(1);
      inside -= 1;
    };

    await Promise.all(Array.from({ length: 8 }, () => new DirectoryLock(path, clock, 30_000).run(work)));

    expect(most).toBe(1);
    expect(readdirSync(root)).toEqual([]);
  });

  it('frees itself when the work throws', async () => {
    const lock = new DirectoryLock(path, new FakeClock(), DEADLINE_MS);

    await expect(lock.run(() => Promise.reject(new TypeError('broken')))).rejects.toThrow('broken');

    await expect(lock.run(() => Promise.resolve('done'))).resolves.toBe('done');
  });

  it('takes over from a holder that is dead, and removes what it had prepared', async () => {
    mkdirSync(path);
    writeFileSync(join(path, '999999999_00_abc'), '');
    mkdirSync(join(root, 'lock.999999998_00_def'));

    await new DirectoryLock(path, new FakeClock(), DEADLINE_MS).run(() => Promise.resolve());

    expect(readdirSync(root)).toEqual([]);
  });

  it('takes over when the pid of the holder belongs to a later process', async () => {
    mkdirSync(path);
    writeFileSync(join(path, `${process.pid}_${Buffer.from('another start').toString('hex')}_abc`), '');

    const result = new DirectoryLock(path, new FakeClock(), DEADLINE_MS).run(() => Promise.resolve('mine'));

    await expect(result).resolves.toBe('mine');
  });

  it('gives up at the deadline and names the holder', async () => {
    const clock = new FakeClock();
    let letGo = (): void => undefined;
    let holder: Promise<void> | undefined;
    await new Promise<void>((entered) => {
      holder = new DirectoryLock(path, clock, DEADLINE_MS).run(() => {
        entered();
        return new Promise((resolve) => (letGo = resolve));
      });
    });

    let result: unknown;
    const second = new DirectoryLock(path, clock, DEADLINE_MS).run(() => Promise.resolve('never'));
    void second.catch((error: unknown) => (result = error));
    while (result === undefined) await clock.advance(50);

    expect(result).toMatchObject({ code: 'DATABASE_EMBEDDED_BUSY', details: { holderPid: process.pid } });
    letGo();
    await holder;
  });
});
