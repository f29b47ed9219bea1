import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findUser, type ServerUser } from '../../../src/platform/database/embedded/server-user.js';
import { EmbeddedDirectory, query } from '../../support/embedded-directory.js';
import { EmbeddedHolder, HOLDER_SCRIPT } from '../../support/embedded-holder.js';

const NOBODY = findUser(readFileSync('/etc/passwd', 'utf8'), ['nobody']);

/** These need root, to become somebody else. */
const asRoot = process.getuid?.() === 0 ? it : it.skip;

/** These run this checkout as nobody, who must be able to read it: not so under /root. */
const asNobody = process.getuid?.() === 0 && NOBODY && isReadableFor(NOBODY) ? it : it.skip;

describe('embedded PostgreSQL and system users', () => {
  const directories: EmbeddedDirectory[] = [];
  const newDirectory = (mode?: number): EmbeddedDirectory => {
    const directory = new EmbeddedDirectory(mode);
    directories.push(directory);
    return directory;
  };
  afterEach(async () => {
    for (const directory of directories.splice(0)) await directory.remove();
  });

  asRoot(
    'runs as another user when this process is root, and hides the password from that user',
    async () => {
      const directory = newDirectory();

      const { url } = await directory.server().start();

      const home = await directory.home();
      expect(home.startsWith(directory.dataDir)).toBe(true);
      expect(statSync(join(home, 'cluster', 'data')).uid).not.toBe(0);
      expect(statSync(join(home, 'cluster', 'password'))).toMatchObject({ uid: 0, mode: 0o100600 });
      expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    },
  );

  asRoot('keeps data outside, and says where, when that user cannot reach the directory', async () => {
    const directory = newDirectory(0o700);

    const { url } = await directory.server().start();

    const home = await directory.home();
    expect(home.startsWith(directory.dataDir)).toBe(false);
    expect(readFileSync(join(directory.dataDir, 'postgres-location.txt'), 'utf8').split('\n')[0]).toBe(home);
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await directory.remove();
    expect(existsSync(home)).toBe(false);
  });

  asNobody(
    'keeps everything inside for a normal user, closed to others, and lets root take over later',
    async () => {
      const root = mkdtempSync(join(tmpdir(), 'plimsoll-embedded-'));
      chownSync(root, NOBODY?.uid ?? 0, NOBODY?.gid ?? 0);
      chmodSync(root, 0o700);
      const dataDir = join(root, 'data');

      const holder = await EmbeddedHolder.start(dataDir, NOBODY);
      const answer = await query(holder.url, 'SELECT 1 AS one');
      await holder.end('SIGTERM');
      const asRootLater = await EmbeddedHolder.start(dataDir);
      await asRootLater.end('SIGTERM');
      const again = await EmbeddedHolder.start(dataDir, NOBODY);
      await again.end('SIGTERM');

      expect(answer).toEqual([{ one: 1 }]);
      expect(statSync(join(dataDir, 'postgres'))).toMatchObject({ uid: NOBODY?.uid, mode: 0o40700 });
      expect(statSync(join(dataDir, 'postgres', 'cluster', 'password'))).toMatchObject({
        uid: NOBODY?.uid,
        mode: 0o100600,
      });
      expect(asRootLater.url).toBe(holder.url);
      expect(again.url).toBe(holder.url);
      rmSync(root, { recursive: true, force: true });
    },
  );

  asNobody("refuses another user's data directory with a way out", async () => {
    const directory = newDirectory();
    await directory.server().start();

    const holder = EmbeddedHolder.spawn(directory.dataDir, NOBODY);

    expect(await holder.exitCode()).toBe(1);
    expect(holder.lines).toEqual([expect.objectContaining({ error: 'DATABASE_EMBEDDED_DATA_DIR' })]);
  });
});

function isReadableFor({ uid, gid }: ServerUser): boolean {
  try {
    execFileSync(process.execPath, ['--check', HOLDER_SCRIPT], { uid, gid, cwd: '/', stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
