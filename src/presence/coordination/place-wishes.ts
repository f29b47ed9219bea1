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

/** What a tenant waits for. */
interface Queue {
  wishes: Wish[];
  isWorking: boolean;
}

/**
 * Gathers what is wished of the places of a tenant, in the order it came, into few calls of one script: those of one
 * turn of the event loop, and those that come while a call is on its way. When thousands connect at once, a call each
 * would cost more than all the rest of letting them in.
 */
export class PlaceWishes {
  private readonly queues = new Map<string, Queue>();

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
    const queue = this.queues.get(tenantId) ?? { wishes: [], isWorking: false };
    this.queues.set(tenantId, queue);
    return new Promise((resolve, reject) => {
      queue.wishes.push({ holder, sets, resolve, reject });
      if (!queue.isWorking) void this.work(tenantId, queue);
      else if (queue.wishes.length >= MOST_IN_CALL) void this.call(queue);
    });
  }

  /** Until nobody of the tenant wishes anything. */
  private async work(tenantId: string, queue: Queue): Promise<void> {
    queue.isWorking = true;
    await nextTurn();
    while (queue.wishes.length > 0) await this.call(queue);
    this.queues.delete(tenantId);
  }

  /** Never rejects. */
  private async call(queue: Queue): Promise<void> {
    const { wishes } = queue;
    queue.wishes = [];
    try {
      const answers = (await this.send(callOf(wishes))) as readonly number[];
      for (const [index, { resolve }] of wishes.entries()) resolve(Number(answers[index]));
    } catch (error) {
      for (const { reject } of wishes) reject(error);
    }
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
