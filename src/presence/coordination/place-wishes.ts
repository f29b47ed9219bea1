import { nextTurn } from '../../kernel/turn.js';

/** Of one turn and tenant so many are sent together: Redis serves nobody else meanwhile. */
const MOST_IN_CALL = 64;
/** Instead of a limit: the holder leaves the set. */
const LEAVE = -1;

/** What one call of the script is about. */
export interface PlaceCall {
  readonly names: readonly string[];
  readonly args: readonly (string | number)[];
}

/** A set of holders, and how many it may hold. */
export interface WishedSet {
  readonly name: string;
  readonly limit: number;
}

interface Wish {
  readonly holder: string;
  readonly sets: readonly WishedSet[];
  readonly resolve: (full: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers what is wished of the places of a tenant in one turn of the event loop into few calls of one script, in the
 * order it came: when thousands connect at once, a call each would cost more than all the rest of letting them in.
 */
export class PlaceWishes {
  private readonly waiting = new Map<string, Wish[]>();

  /** @param send answers with one number for each wish */
  constructor(private readonly send: (call: PlaceCall) => Promise<unknown>) {}

  /** @returns 0, or the number of the set that is full */
  take(tenantId: string, holder: string, sets: readonly WishedSet[]): Promise<number> {
    return this.add(tenantId, holder, sets);
  }

  leave(tenantId: string, holder: string, name: string): Promise<number> {
    return this.add(tenantId, holder, [{ name, limit: LEAVE }]);
  }

  private add(tenantId: string, holder: string, sets: readonly WishedSet[]): Promise<number> {
    return new Promise((resolve, reject) => {
      const wish = { holder, sets, resolve, reject };
      const there = this.waiting.get(tenantId);
      if (there !== undefined) {
        there.push(wish);
        if (there.length >= MOST_IN_CALL) this.flush(tenantId);
        return;
      }
      if (this.waiting.size === 0) void nextTurn().then(() => this.flushAll());
      this.waiting.set(tenantId, [wish]);
    });
  }

  private flushAll(): void {
    for (const tenantId of [...this.waiting.keys()]) this.flush(tenantId);
  }

  private flush(tenantId: string): void {
    const wishes = this.waiting.get(tenantId) ?? [];
    this.waiting.delete(tenantId);
    this.send(callOf(wishes)).then(
      (answers) => {
        for (const [index, { resolve }] of wishes.entries()) resolve(Number((answers as number[])[index]));
      },
      (error: unknown) => {
        for (const { reject } of wishes) reject(error);
      },
    );
  }
}

function callOf(wishes: readonly Wish[]): PlaceCall {
  const numbers = new Map<string, number>();
  const args: (string | number)[] = [];
  for (const { holder, sets } of wishes) {
    args.push(holder, sets.length);
    for (const { name, limit } of sets) {
      const number = numbers.get(name) ?? numbers.size + 1;
      numbers.set(name, number);
      args.push(number, limit);
    }
  }
  return { names: [...numbers.keys()], args };
}
