import type { ServerResponse } from 'node:http';
import { type Received, ReceiverServer } from '../support/alert-receiver-server.js';
import type { Random } from '../support/random.js';
import { monotonicMs } from './monotonic.js';

/** One alert that was taken. */
export interface Taken {
  /** Of the receiver, which is a path of the server. */
  readonly receiver: string;
  readonly dedupKey: string;
  readonly fingerprint: string;
  readonly startsAt: string;
  readonly transition: string;
  /** Of its message. */
  readonly messageKey: string;
  /** When its request was there; a sender that is killed from then on hears no answer for sure. */
  readonly arrivedAtMs: number;
  readonly atMs: number;
  /** The sender was told so; otherwise the connection broke first, and it had to come again. */
  readonly isAnswered: boolean;
}

const LONGEST_ANSWER_MS = 60;

/** Counts what receivers get, answers late, refuses now and then, and breaks off after it has taken something. */
export class CountingReceiver {
  readonly taken: Taken[] = [];
  refused = 0;

  private constructor(
    private readonly server: ReceiverServer,
    private readonly random: Random,
  ) {
    server.answer = (response, received) => this.take(response, received);
  }

  static async start(random: Random): Promise<CountingReceiver> {
    return new CountingReceiver(await ReceiverServer.start(), random);
  }

  urlOf(receiver: number): string {
    return `${this.server.url}/${receiver}`;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  private take(response: ServerResponse, received: Received): void {
    const fate = this.random.below(100);
    const arrivedAtMs = monotonicMs();
    setTimeout(() => {
      if (fate < 6) this.refuse(response, fate);
      else this.note(response, received, { arrivedAtMs, isAnswered: fate >= 8 });
    }, this.random.below(LONGEST_ANSWER_MS));
  }

  private refuse(response: ServerResponse, fate: number): void {
    this.refused += 1;
    response.writeHead(fate < 3 ? 503 : 500).end();
  }

  private note(
    response: ServerResponse,
    { path, body, headers }: Received,
    { arrivedAtMs, isAnswered }: Pick<Taken, 'arrivedAtMs' | 'isAnswered'>,
  ): void {
    const of = {
      receiver: path.slice(path.lastIndexOf('/') + 1),
      messageKey: String(headers['idempotency-key']),
      arrivedAtMs,
      atMs: monotonicMs(),
      // A sender that is gone by now hears no answer; what it sent counts all the same.
      isAnswered: isAnswered && !response.destroyed,
    };
    for (const { dedupKey, fingerprint, startsAt, transition } of body.alerts)
      this.taken.push({ ...of, dedupKey, fingerprint, startsAt, transition });
    if (isAnswered) response.writeHead(200).end();
    else response.destroy();
  }
}
