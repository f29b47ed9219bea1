import { answerQuestions, type Answers } from '../../support/peer-process.js';

/** What every arm tells of its process. */
export interface ArmFigures {
  /** Processor time since the start. */
  readonly cpuUs: number;
  readonly rssBytes: number;
  /** Heap and buffers, after a garbage collection. */
  readonly usedBytes: number;
}

const COLLECTIONS = 3;

/** In the process of an arm: answers `figures`, `pid` and what else the arm answers. */
export function answerAsArm(answers: Answers): void {
  answerQuestions({ ...answers, figures, cpu, pid: () => process.pid });
}

function cpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function figures(): Promise<ArmFigures> {
  for (let count = 0; count < COLLECTIONS; count += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { cpuUs: cpu(), rssBytes: rss, usedBytes: heapUsed + external };
}
