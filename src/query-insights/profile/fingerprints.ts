import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Clock, Timer } from '../../kernel/clock.js';
import { withoutLiterals } from '../../kernel/sql-literals.js';

const THREAD = new URL('fingerprint-thread.mjs', import.meta.url);
const BATCH = 100;
const ANSWER_WITHIN_MS = 20_000;
const IDLE_MS = 5_000;

/** What statements that differ in values alone have in common. */
export interface Fingerprint {
  /** 16 hexadecimal digits by PostgreSQL's grammar; `t` and 15 of them for what could not be parsed. */
  readonly id: string;
  /** `select`, `insert`, ...; `several` for more than one statement, `unknown` for what could not be parsed. */
  readonly kind: string;
}

/** A text whose fingerprint is asked for. */
export interface Fingerprintable {
  /** What is left of it when `source` is gone. */
  readonly text: string;
  readonly source: string | undefined;
}

interface Answers {
  readonly id: number;
  readonly answers: readonly (Fingerprint | null)[];
}

/**
 * Fingerprints of statements, by a thread that exists only while somebody asks: PostgreSQL's grammar takes 80 MB. Never
 * fails: what cannot be parsed, or is not answered in time, is grouped by its text without literals.
 */
export class Fingerprints {
  private worker: Worker | undefined;
  private idle: Timer | undefined;
  private lastId = 0;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly clock: Clock) {}

  /** One for each text, in their order. One round at a time. */
  resolve(texts: readonly Fingerprintable[]): Promise<Fingerprint[]> {
    const turn = this.queue.then(() => this.resolveAll(texts));
    // A thread that could not be begun fails one round, and not all that follow.
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  /** Ends the thread. */
  async stop(): Promise<void> {
    this.idle?.cancel();
    const { worker } = this;
    this.worker = undefined;
    await worker?.terminate();
  }

  private async resolveAll(texts: readonly Fingerprintable[]): Promise<Fingerprint[]> {
    const found: Fingerprint[] = [];
    for (let start = 0; start < texts.length; start += BATCH) {
      const batch = texts.slice(start, start + BATCH);
      const answers = await this.ask(batch.map(({ source }) => source ?? ''));
      found.push(...batch.map(({ text }, index) => answers[index] ?? byText(text)));
    }
    this.rest();
    return found;
  }

  private async ask(texts: readonly string[]): Promise<readonly (Fingerprint | null)[]> {
    this.idle?.cancel();
    this.lastId += 1;
    const id = this.lastId;
    const worker = (this.worker ??= this.begin());
    const done = new AbortController();
    let answers: readonly (Fingerprint | null)[] | undefined;
    const hear = (message: Answers): void => {
      if (message.id !== id) return;
      ({ answers } = message);
      done.abort();
    };
    const leave = (): void => done.abort();
    worker.on('message', hear).on('exit', leave);
    worker.postMessage({ id, texts });
    await this.clock.sleep(ANSWER_WITHIN_MS, done.signal);
    worker.off('message', hear).off('exit', leave);
    if (answers === undefined) await this.stop();
    return answers ?? [];
  }

  private begin(): Worker {
    const worker = new Worker(THREAD, { execArgv: [] });
    worker.unref();
    // Whoever asked hears of the end, and groups by text.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      if (this.worker === worker) this.worker = undefined;
    });
    return worker;
  }

  private rest(): void {
    this.idle?.cancel();
    this.idle = this.clock.after(IDLE_MS, () => void this.stop());
  }
}

function byText(text: string): Fingerprint {
  const digest = createHash('sha256').update(withoutLiterals(text)).digest('hex');
  return { id: `t${digest.slice(0, 15)}`, kind: 'unknown' };
}
