// Makes a bare checkout runnable: right Node, dependencies as locked, dist/ as new as src/. Runs before
// `npm start` and `npm test` (prestart, pretest); says nothing and costs some 0.1 s when all is in place.
// Uses nothing but Node, because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MIN = [20, 19];
const LOCK_DEADLINE_MS = 10 * 60_000;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (...names) => join(root, ...names);
const STAMP = at('node_modules', '.plimsoll-lockfile');
const BUILD_STAMP = at('dist', '.inputs');

try {
  checkNode();
  // A packaged copy (container image) has no sources: there is nothing to prepare.
  if (existsSync(at('src')) && !(isInstalled() && isBuilt())) await prepare();
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  throw new Error(
    `Plimsoll needs Node ${NODE_MIN.join('.')} or newer; this is ${process.versions.node}. See https://nodejs.org`,
  );
}

/** Under a lock: `npm start` and `npm test` at the same moment must not install over each other. */
async function prepare() {
  const { withDirectoryLock } = await import('./directory-lock.mjs');
  mkdirSync(at('.cache'), { recursive: true });
  const onWait = (pid) => say(`Waiting for process ${pid}, which installs or builds here ...`);
  await withDirectoryLock(at('.cache', 'prepare.lock'), { deadlineMs: LOCK_DEADLINE_MS, onWait }, () => {
    if (!isInstalled()) install();
    if (!isBuilt()) build();
  });
}

/** The stamp is a hash of the lockfile; without it (npm ci was run by hand) npm's own record decides. */
function isInstalled() {
  if (!existsSync(at('node_modules'))) return false;
  const hash = hashOf(readFileSync(at('package-lock.json')));
  if (readIfThere(STAMP) === hash) return true;
  if (!matchesLockfile()) return false;
  writeStamp(STAMP, hash);
  return true;
}

/** Whether node_modules holds every locked package in its version; those for other platforms may be absent. */
function matchesLockfile() {
  const record = readIfThere(at('node_modules', '.package-lock.json'));
  if (record === undefined) return false;
  const installed = JSON.parse(record).packages;
  const locked = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')).packages;
  return Object.entries(locked).every(([path, { version, optional, peer }]) => {
    if (path === '') return true;
    const found = installed[path];
    return found === undefined ? optional === true || peer === true : found.version === version;
  });
}

function install() {
  say('Installing dependencies (npm ci) ...');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const isNpmKnown = npm !== undefined && /npm-cli\.c?js$/.test(npm);
  const [file, ...rest] = isNpmKnown ? [process.execPath, npm, ...args] : ['npm', ...args];
  const result = spawnSync(file, rest, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: !isNpmKnown && process.platform === 'win32',
  });
  if (result.status !== 0)
    throw new Error('npm ci failed: its messages are above. Correct the reason, and start again.');
  writeStamp(STAMP, hashOf(readFileSync(at('package-lock.json'))));
}

function isBuilt() {
  return existsSync(at('dist', 'main.js')) && readIfThere(BUILD_STAMP) === hashInputs();
}

function build() {
  say('Building ...');
  // Taken before the build: an edit in the middle of it leads to another build next time.
  const hash = hashInputs();
  // Whoever reads the stamp while files are being written must not take them for whole.
  rmSync(BUILD_STAMP, { force: true });
  compile();
  removeStale();
  if (missingOutputs().length > 0) {
    // The incremental compiler believes its own record, not the directory.
    rmSync(at('dist'), { recursive: true, force: true });
    compile();
  }
  const missing = missingOutputs();
  if (missing.length > 0) throw new Error(`The build left out ${missing.join(', ')}.`);
  writeFileSync(BUILD_STAMP, hash);
}

/** The server; and the types of the client, which others import. */
function compile() {
  runCompiler('@nestjs', 'cli', 'bin', 'nest.js')('build');
  runCompiler('typescript', 'bin', 'tsc')('-p', 'tsconfig.client.json');
}

function runCompiler(...path) {
  return (...args) => {
    const result = spawnSync(process.execPath, [at('node_modules', ...path), ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (result.status === 0) return;
    process.stderr.write(result.stdout);
    process.stderr.write(result.stderr);
    throw new Error('The build failed: its messages are above.');
  };
}

/** Removes what the compiler made from sources that are no longer there. */
function removeStale() {
  const wanted = new Set(outputs());
  for (const path of listFiles(at('dist'))) {
    const made = /^(.+\.js)(\.map)?$/.exec(path)?.[1];
    if (made === undefined || wanted.has(made)) continue;
    rmSync(path);
    removeEmpty(dirname(path));
  }
}

function removeEmpty(directory) {
  if (directory === root || readdirSync(directory).length > 0) return;
  rmdirSync(directory);
  removeEmpty(dirname(directory));
}

function missingOutputs() {
  return outputs().filter((path) => !existsSync(path));
}

function outputs() {
  return inputs()
    .filter((path) => /(?<!\.d)\.ts$|\.lua$/.test(path) && path.startsWith(at('src')))
    .map((path) => at('dist', relative(at('src'), path)).replace(/\.ts$/, '.js'));
}

/** Tests beside the code are no part of the build. */
function inputs() {
  const settings = readdirSync(root).filter((name) =>
    /^(tsconfig.*|nest-cli|package-lock)\.json$/.test(name),
  );
  return [
    ...listFiles(at('src')).filter((path) => !path.endsWith('.spec.ts')),
    ...settings.map((name) => at(name)),
  ];
}

function hashInputs() {
  const lines = inputs()
    .sort()
    .map((path) => {
      const { size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { size: -1, mtimeMs: -1 };
      return `${relative(root, path)} ${size} ${mtimeMs}`;
    });
  return hashOf(lines.join('\n'));
}

function listFiles(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? listFiles(path) : [path];
  });
}

function hashOf(content) {
  return createHash('sha256').update(content).digest('hex');
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** A read-only node_modules is fine: the check is only slower. */
function writeStamp(path, text) {
  try {
    writeFileSync(path, text);
  } catch {
    return;
  }
}

function say(text) {
  process.stderr.write(`${text}\n`);
}
