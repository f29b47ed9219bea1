import type pg from 'pg';
import { ClientSession } from './client-session.js';
import { acquire, type ConnectionSource, giveBack } from './connection-source.js';
import { DatabaseUnavailableError } from './errors.js';
import type { StatementWatcher } from './queryable.js';

interface HeldConnection {
  readonly source: ConnectionSource;
  readonly client: pg.Client;
  /** Referred to by its checkout alone: while it lives, somebody can still give the connection back. */
  readonly lease: object;
}

/**
 * A connection that somebody holds for longer than a statement. It must be released, by `release` or by `await using`.
 * Whoever holds it holds this object: when nothing refers to it any more, the connection is a proven leak.
 */
export class Checkout extends ClientSession implements AsyncDisposable {
  private isReleased = false;

  private constructor(
    private readonly held: HeldConnection,
    watchers: readonly StatementWatcher[],
  ) {
    super(held.client, watchers);
  }

  /** @throws DatabaseUnavailableError, PoolExhaustedError */
  static async take(source: ConnectionSource, watchers: readonly StatementWatcher[]): Promise<Checkout> {
    const lease = {};
    const client = await acquire(source, { type: 'RAW', handle: lease });
    return new Checkout({ source, client, lease }, watchers);
  }

  /** Gives the connection back; a second call does nothing. @param reason why the work failed, if it did */
  release(reason?: unknown): void {
    if (this.isReleased) return;
    this.isReleased = true;
    const { source, client } = this.held;
    // Such an error may also say that a transaction could not be rolled back.
    giveBack(source, client, this.isLost || reason instanceof DatabaseUnavailableError);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.release();
    return Promise.resolve();
  }
}
