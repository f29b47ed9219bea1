// Finds a real Redis server program for tests, or fetches one into .cache/redis without installing anything:
// PATH, the cached copy, the Debian packages, Docker; the first that answers `--version` wins.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = join(dirname(dirname(fileURLToPath(import.meta.url))), '.cache', 'redis');
const NAMES = ['redis-server', 'valkey-server'];
const DEBIAN_PACKAGES = ['redis-tools', 'libatomic1', 'libjemalloc2', 'liblzf1'];
const DOCKER_IMAGE = 'redis:7-alpine';
const FETCH_DEADLINE_MS = 5 * 60_000;

/** What stands in the way when no rung holds. */
export const NO_REDIS =
  'The tests need a real Redis server and found none. One of these is enough:\n' +
  '  - set REDIS_URL to a server that tests may write to\n' +
  '  - put redis-server or valkey-server (7 or newer) on the PATH\n' +
  '  - on Debian or Ubuntu: have a network connection, so that its package can be unpacked into .cache/redis\n' +
  `  - have Docker running with the image ${DOCKER_IMAGE}`;

/**
 * The program as { command, args, libraryPath, container }; undefined when there is none. `args` come before
 * the server's own; `libraryPath` is for LD_LIBRARY_PATH; `container` says that it runs by `docker run`.
 */
export function findRedisServer(say) {
  return onPath() ?? inCache() ?? fromDebian(say) ?? fromDocker(say);
}

function onPath() {
  const directories = (process.env.PATH ?? '').split(delimiter);
  const candidates = NAMES.flatMap((name) => directories.map((directory) => join(directory, name)));
  return candidates
    .filter((path) => existsSync(path))
    .map((path) => program(path))
    .find(answers);
}

function inCache(directory = CACHE) {
  const command = join(directory, 'bin', 'redis-server');
  if (!existsSync(command)) return undefined;
  const found = program(command, { libraryPath: join(directory, 'lib') });
  return answers(found) ? found : undefined;
}

/** redis-check-rdb of redis-tools is the server program under another name, so no service gets installed. */
function fromDebian(say) {
  if (process.platform !== 'linux' || !isCommand('apt-get') || !isCommand('dpkg-deb')) return undefined;
  say('Fetching a Redis server for the tests into .cache/redis ...');
  mkdirSync(dirname(CACHE), { recursive: true });
  const draft = mkdtempSync(`${CACHE}.`);
  try {
    // The package lists of a fresh container are empty; refreshing them is root's right, and changes no program.
    const isFetched =
      download(draft) || (process.getuid() === 0 && run('apt-get', ['update']) && download(draft));
    if (!isFetched || !unpack(draft)) return undefined;
    if (!inCache(draft)) return undefined;
    rmSync(CACHE, { recursive: true, force: true });
    try {
      renameSync(draft, CACHE);
    } catch (error) {
      // Another test run was faster; its copy is as good.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    }
    return inCache();
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function download(directory) {
  return run('apt-get', ['download', ...DEBIAN_PACKAGES], { cwd: directory });
}

function unpack(directory) {
  for (const name of readdirSync(directory).filter((file) => file.endsWith('.deb'))) {
    if (!run('dpkg-deb', ['-x', join(directory, name), join(directory, 'root')])) return false;
    rmSync(join(directory, name));
  }
  const files = readdirSync(join(directory, 'root'), { recursive: true, withFileTypes: true });
  for (const folder of ['bin', 'lib']) mkdirSync(join(directory, folder));
  for (const file of files.filter((entry) => /\.so(\.|$)/.test(entry.name))) {
    // Copied through links: the loader asks for the short names.
    copyFileSync(join(file.parentPath, file.name), join(directory, 'lib', file.name));
  }
  const server = files.find(({ name }) => name === 'redis-check-rdb');
  if (server === undefined) return false;
  copyFileSync(join(server.parentPath, server.name), join(directory, 'bin', 'redis-server'));
  chmodSync(join(directory, 'bin', 'redis-server'), 0o755);
  rmSync(join(directory, 'root'), { recursive: true });
  return true;
}

function fromDocker(say) {
  if (!isCommand('docker') || !run('docker', ['info'], { timeout: 10_000 })) return undefined;
  say(`Using ${DOCKER_IMAGE} by Docker for the tests ...`);
  const isThere = run('docker', ['image', 'inspect', DOCKER_IMAGE]) || run('docker', ['pull', DOCKER_IMAGE]);
  if (!isThere) return undefined;
  const args = ['run', '--rm', '--network', 'host', DOCKER_IMAGE, 'redis-server'];
  const found = program('docker', { args, container: true });
  return answers(found) ? found : undefined;
}

function program(command, { args = [], libraryPath = '', container = false } = {}) {
  return { command, args, libraryPath, container };
}

function answers({ command, args, libraryPath }) {
  return run(command, [...args, '--version'], { env: withLibraries(libraryPath), timeout: 30_000 });
}

/** The environment for a program that brings its own libraries. */
export function withLibraries(libraryPath) {
  return libraryPath === '' ? process.env : { ...process.env, LD_LIBRARY_PATH: libraryPath };
}

function isCommand(name) {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => existsSync(join(directory, name)));
}

function run(command, args, options = {}) {
  return spawnSync(command, args, { stdio: 'ignore', timeout: FETCH_DEADLINE_MS, ...options }).status === 0;
}
