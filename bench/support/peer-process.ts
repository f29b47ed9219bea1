import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

interface Question {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

interface Answer {
  readonly id: number;
  readonly output?: unknown;
  readonly failure?: string;
}

/** What a process of the bench can be asked, by name. */
export type Answers = Readonly<Record<string, (input: never) => unknown>>;

const ANSWERED_WITHIN_MS = 180_000;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Another process of a bench, which runs one module and answers questions. */
export class PeerProcess {
  private lastId = 0;

  private constructor(private readonly child: ChildProcess) {}

  /** Returns when the module has called `answerQuestions`. */
  static async start(module: URL, input: object = {}): Promise<PeerProcess> {
    const child = fork(fileURLToPath(module), [JSON.stringify(input)], {
      cwd: ROOT,
      execArgv: ['--expose-gc', '--import', './scripts/register-ts.mjs'],
    });
    child.setMaxListeners(0);
    const ended = once(child, 'exit').then(() => {
      throw new TypeError(`The process of ${module.pathname} ended before it was ready.`);
    });
    await Promise.race([once(child, 'message'), ended]);
    ended.catch(() => undefined);
    return new PeerProcess(child);
  }

  /** @throws TypeError with what the other process failed with, or when it does not answer at all */
  ask<Output>(name: string, input: unknown = null): Promise<Output> {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.child.off('message', onMessage);
        reject(new TypeError(`"${name}" was not answered within ${ANSWERED_WITHIN_MS} ms`));
      }, ANSWERED_WITHIN_MS);
      const onMessage = (answer: Answer): void => {
        if (answer.id !== id) return;
        clearTimeout(timer);
        this.child.off('message', onMessage);
        if (answer.failure === undefined) resolve(answer.output as Output);
        else reject(new TypeError(answer.failure));
      };
      this.child.on('message', onMessage);
      this.child.send({ id, name, input } satisfies Question);
    });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

/** In the other process: what it was started with. */
export function startedWith(): unknown {
  return JSON.parse(process.argv[2] ?? '{}');
}

/** In the other process: says that it is ready, and answers from then on. */
export function answerQuestions(answers: Answers): void {
  process.on('message', ({ id, name, input }: Question) => {
    void reply(answers, name, input).then((answer) => process.send?.({ id, ...answer }));
  });
  // A bench that was interrupted leaves nobody behind.
  process.on('disconnect', () => process.exit(0));
  process.send?.('ready');
}

async function reply(answers: Answers, name: string, input: unknown): Promise<Omit<Answer, 'id'>> {
  try {
    return { output: await answers[name]?.(input as never) };
  } catch (error) {
    return { failure: error instanceof Error ? String(error.stack) : String(error) };
  }
}
