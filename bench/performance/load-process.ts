import { Agent, type ClientRequest, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { percentile } from '../support/measure.js';
import { answerQuestions } from '../support/peer-process.js';

/** What is asked for, how often. */
export interface Load {
  readonly url: string;
  readonly perSecond: number;
  readonly seconds: number;
}

/** What it took, from the moment at which a request was due: a server that stalls does not slow the questions down. */
export interface LoadResult {
  readonly asked: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
  /** Processor time of this process, as a share of one core. */
  readonly generatorCpuShare: number;
}

const CONNECTIONS = 64;
const WARM_UP_SECONDS = 1;
const TIMEOUT_MS = 10_000;

/** Open loop: request n is due at n / perSecond, whatever became of those before it. */
async function run({ url, perSecond, seconds }: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const times: number[] = [];
  let failed = 0;
  const pending: Promise<void>[] = [];
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const total = perSecond * (seconds + WARM_UP_SECONDS);
  for (let sent = 0; sent < total;) {
    const now = performance.now();
    for (let dueAt = dueAtOf(sent); sent < total && dueAt <= now; sent += 1, dueAt = dueAtOf(sent)) {
      const isCounted = sent >= perSecond * WARM_UP_SECONDS;
      pending.push(
        ask(url, agent).then((isGood) => {
          if (!isCounted) return;
          if (isGood) times.push(performance.now() - dueAt);
          else failed += 1;
        }),
      );
    }
    await pause(1);
  }
  await Promise.all(pending);
  const { user, system } = process.cpuUsage(cpu);
  agent.destroy();
  return {
    asked: perSecond * seconds,
    failed,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    mostMs: Math.max(...times),
    generatorCpuShare: (user + system) / 1_000 / (performance.now() - startedAt),
  };

  function dueAtOf(index: number): number {
    return startedAt + (index * 1_000) / perSecond;
  }
}

/** Whether the answer was 200, read to its end. */
function ask(url: string, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const request: ClientRequest = get(url, { agent, timeout: TIMEOUT_MS }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode === 200));
      response.once('error', () => resolve(false));
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}

answerQuestions({ run });
