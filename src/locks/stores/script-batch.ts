/** One call of a script that works on many locks. */
export interface ScriptCall {
  readonly keys: string[];
  readonly args: (string | number)[];
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** In one call at most, so that a server works on some while others are still being asked for. */
const MOST_IN_CALL = 16;

/**
 * Gathers what is asked in one turn of the event loop into few calls of one script. A call each would cost more, here
 * and in the server, than the work itself.
 */
export class ScriptBatch {
  private call: ScriptCall;
  private waiting: Waiting[] = [];
  private isScheduled = false;

  /**
   * @param first what each call begins with
   * @param send answers with one answer for each of those who asked
   */
  constructor(
    private readonly first: Readonly<ScriptCall>,
    private readonly send: (call: ScriptCall) => Promise<unknown>,
  ) {
    this.call = begin(first);
  }

  /** @param keys two, of the lock */
  ask(keys: readonly [string, string], ...args: readonly (string | number)[]): Promise<unknown> {
    const { call } = this;
    call.keys.push(keys[0], keys[1]);
    for (const arg of args) call.args.push(arg);
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      if (this.waiting.length >= MOST_IN_CALL) this.flush();
      else if (!this.isScheduled) this.schedule();
    });
  }

  /** Ticks come when nothing is left that could ask in this turn. */
  private schedule(): void {
    this.isScheduled = true;
    process.nextTick(() => {
      this.isScheduled = false;
      this.flush();
    });
  }

  private flush(): void {
    const { call, waiting } = this;
    if (waiting.length === 0) return;
    this.call = begin(this.first);
    this.waiting = [];
    this.send(call).then(
      (answers) => {
        for (const [index, { resolve }] of waiting.entries()) {
          resolve(Array.isArray(answers) ? answers[index] : undefined);
        }
      },
      (error: unknown) => {
        for (const { reject } of waiting) reject(error);
      },
    );
  }
}

function begin({ keys, args }: Readonly<ScriptCall>): ScriptCall {
  return { keys: [...keys], args: [...args] };
}
