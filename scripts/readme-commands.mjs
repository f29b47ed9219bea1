// Runs the commands of a document as its reader would: node scripts/readme-commands.mjs [README.md]
//
// Every fenced `sh` block runs literally, in order, in one bash session, in an empty directory. The word after
// `sh` says how: none = in the session, `server` = in the background until it prints its URL, `ci` = not here
// but as a step of .ci/run (a contract test compares them). Two placeholders are filled in: <repository> by
// this checkout's last commit, <first admin key> by what the server printed. No variable of .env.example is
// handed down but PORT, a free one. Ends with "N passed, N failed", a block counting as one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The first `npm start` of a clone installs and builds. */
const BLOCK_DEADLINE_MS = 10 * 60_000;
const STOP_DEADLINE_MS = 60_000;
const POLL_MS = 100;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const document = resolve(process.argv[2] ?? join(root, 'README.md'));

async function main() {
  const blocks = readBlocks(readFileSync(document, 'utf8')).filter(({ kind }) => kind !== 'ci');
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-readme-'));
  // PostgreSQL of a root user runs as another one, who must get through.
  if (process.getuid?.() === 0) chmodSync(directory, 0o711);
  const session = new Session(directory, await environment());
  let passed = 0;
  try {
    for (const block of blocks) {
      say(`--- ${basename(document)}:${block.line}`);
      await session.run(block);
      passed += 1;
    }
    await session.stopServers();
  } catch (error) {
    say(error.message);
    return 1;
  } finally {
    await session.end();
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    // What the commands print need not end with a line end.
    process.stdout.write(`\n${passed} passed, ${blocks.length - passed} failed\n`);
  }
  return 0;
}

/** One bash for the whole document; a block that fails ends it. */
class Session {
  servers = [];
  values = { repository: root };

  constructor(directory, env) {
    this.directory = directory;
    this.bash = spawn('bash', ['-euo', 'pipefail'], {
      cwd: directory,
      env,
      stdio: ['pipe', 'inherit', 'inherit', 'pipe'],
    });
    this.ended = once(this.bash, 'exit');
    // A bash that has gone is noticed by its exit.
    this.bash.stdin.on('error', () => {});
    this.answers = this.bash.stdio[3];
  }

  async run({ kind, text, line }) {
    const place = `${basename(document)}:${line}`;
    const commands = this.fillIn(text, place);
    if (kind === 'session') await this.say(`{\n${commands}\n} </dev/null\necho done >&3`, place);
    else if (kind === 'server') await this.startServer(commands, place);
    else throw new Error(`${place}: unknown kind of block "sh ${kind}".`);
  }

  /** With job control the server has a process group of its own, which can be sent Ctrl-C. */
  async startServer(commands, place) {
    const log = join(this.directory, `server-${this.servers.length}.log`);
    // The shell makes it in the background, maybe after the first look.
    writeFileSync(log, '');
    const pid = await this.say(
      `set -m\n{\n${commands}\n} >'${log}' 2>&1 </dev/null & echo $! >&3\nset +m`,
      place,
    );
    const server = { pid: Number(pid), log, place };
    this.servers.push(server);
    const text = await this.until(server, BLOCK_DEADLINE_MS, (output) =>
      /^Plimsoll listens on /m.test(output),
    );
    const key = /^First admin key .*: (\S+)$/m.exec(text)?.[1];
    if (key !== undefined) this.values['first admin key'] = key;
  }

  async stopServers() {
    for (const server of this.servers.splice(0)) {
      process.kill(-server.pid, 'SIGINT');
      await this.until(server, STOP_DEADLINE_MS, (output) => output.includes('"msg":"Stopped"'));
    }
  }

  /** Leaves nothing behind, whatever happened before. */
  async end() {
    for (const { pid } of this.servers) {
      if (isAlive(-pid)) process.kill(-pid, 'SIGINT');
      for (let waitedMs = 0; isAlive(-pid) && waitedMs < STOP_DEADLINE_MS; waitedMs += POLL_MS)
        await sleep(POLL_MS);
      if (isAlive(-pid)) process.kill(-pid, 'SIGKILL');
    }
    this.bash.stdin.end();
    this.bash.kill('SIGTERM');
    await this.ended;
  }

  /** What bash answers on descriptor 3 when it gets there. */
  async say(script, place) {
    this.bash.stdin.write(`${script}\n`);
    const failed = this.ended.then(([code]) => {
      throw new Error(`${place}: the block failed with code ${code}.`);
    });
    const late = new AbortController();
    const tooLate = sleep(BLOCK_DEADLINE_MS, undefined, { signal: late.signal }).then(() => {
      throw new Error(`${place}: the block took longer than ${BLOCK_DEADLINE_MS} ms.`);
    });
    tooLate.catch(() => {});
    try {
      const [answer] = await Promise.race([once(this.answers, 'data'), failed, tooLate]);
      return String(answer).trim();
    } finally {
      late.abort();
    }
  }

  async until({ pid, log, place }, deadlineMs, isThere) {
    for (let waitedMs = 0; waitedMs < deadlineMs; waitedMs += POLL_MS) {
      const wasAlive = isAlive(pid);
      const output = readFileSync(log, 'utf8');
      if (isThere(output)) return output;
      if (!wasAlive) throw new Error(`${place}: the server ended. Its output:\n${output}`);
      await sleep(POLL_MS);
    }
    throw new Error(`${place}: nothing came for ${deadlineMs} ms. Output:\n${readFileSync(log, 'utf8')}`);
  }

  fillIn(text, place) {
    return text.replace(/<([a-z][a-z ]*)>/g, (_match, name) => {
      const value = this.values[name];
      if (value === undefined) throw new Error(`${place}: nothing is known to fill in for <${name}>.`);
      return value;
    });
  }
}

/** The `sh` blocks in order; `line` is that of their first command. */
function readBlocks(markdown) {
  const fence = /^```sh(?: (\w+))?\n([\s\S]*?)^```$/gm;
  return [...markdown.matchAll(fence)].map(({ 1: kind = 'session', 2: text, index }) => ({
    kind,
    text,
    line: markdown.slice(0, index).split('\n').length + 1,
  }));
}

async function environment() {
  const settings = readFileSync(join(root, '.env.example'), 'utf8').matchAll(/^([A-Z][A-Z0-9_]*)=/gm);
  const own = new Set([...settings].map(([, name]) => name));
  const inherited = Object.entries(process.env).filter(([name]) => !own.has(name));
  return { ...Object.fromEntries(inherited), PORT: String(await freePort()) };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** Of a process, or of a group when negative. */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

process.exitCode = await main();
