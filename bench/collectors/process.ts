import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from '../support/measure.js';
import type { BenchRow } from '../support/report.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const STARTS = 5;
const SETTLE_MS = 3_000;
const MIB = 1_048_576;

/** Memory and start-up of the whole process with its embedded server, on an initialised data directory. */
export async function benchProcess(): Promise<BenchRow[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-bench-start-'));
  // The server's user must reach its data, or it goes elsewhere.
  await chmod(dataDir, 0o711);
  try {
    await startOnce(dataDir);
    const starts: { listeningMs: number; rssBytes: number }[] = [];
    for (let start = 0; start < STARTS; start += 1) starts.push(await startOnce(dataDir));
    return [
      {
        id: 'start-to-listening-s',
        ratio: median(starts.map(({ listeningMs }) => listeningMs)) / 1_000,
        against: 'seconds from spawn, embedded server included',
        goal: 2,
        want: 'at most',
      },
      {
        id: 'rss-after-start-mib',
        ratio: median(starts.map(({ rssBytes }) => rssBytes)) / MIB,
        against: 'MiB of the Node process, 3 s after it listens',
        goal: 150,
        want: 'at most',
      },
    ];
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function startOnce(dataDir: string): Promise<{ listeningMs: number; rssBytes: number }> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, PLIMSOLL_DATA_DIR: dataDir, PORT: '0', SHUTDOWN_NOT_READY_MS: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of child.stdout) {
    output += String(chunk);
    if (output.includes('Plimsoll listens on')) break;
  }
  const listeningMs = performance.now() - startedAt;
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  const rssBytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? NaN) * 1_024;
  child.kill('SIGTERM');
  await once(child, 'exit');
  return { listeningMs, rssBytes };
}
