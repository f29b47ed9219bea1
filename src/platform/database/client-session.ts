import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import pg from 'pg';
import { type CopyToStreamQuery, from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { SqlFragment } from '../../kernel/sql.js';
import { DatabaseUnavailableError, translate } from './errors.js';
import type { Queryable, QueryOptions, StatementWatcher } from './queryable.js';

const LARGE_PIECE_BYTES = 1_048_576;

/** What the driver adds to a stream. */
type CopyOut = CopyToStreamQuery & { readonly callback?: () => void };

/** Statements on one connection. */
export class ClientSession implements Queryable {
  private hasLostConnection = false;

  constructor(
    protected readonly client: pg.Client,
    private readonly watchers: readonly StatementWatcher[],
  ) {}

  /** A statement found the connection gone, or in doubt: it must serve nobody else. */
  get isLost(): boolean {
    return this.hasLostConnection;
  }

  async query<Row extends object>(statement: SqlFragment, options?: QueryOptions): Promise<Row[]> {
    return (await this.run<Row>(statement, options)).rows;
  }

  async execute(statement: SqlFragment, options?: QueryOptions): Promise<number> {
    return (await this.run(statement, options)).rowCount ?? 0;
  }

  copyIn(statement: SqlFragment, bytes: Iterable<Buffer>): Promise<number> {
    const { text } = statement.compile();
    return this.watched(text, [], () => this.copyPieces(text, bytes), Number);
  }

  copyOut(statement: SqlFragment): Promise<Buffer> {
    const { text } = statement.compile();
    return this.watched(
      text,
      [],
      () => this.readCopy(text),
      () => 0,
    );
  }

  private async copyPieces(text: string, bytes: Iterable<Buffer>): Promise<number> {
    const copy = this.client.query(copyFrom(text));
    const written = finished(copy);
    written.catch(() => undefined);
    for (const piece of inLargePieces(bytes)) {
      if (!copy.write(piece)) await Promise.race([once(copy, 'drain'), written]);
    }
    copy.end();
    await written;
    return copy.rowCount;
  }

  private async readCopy(text: string): Promise<Buffer> {
    const pieces: Buffer[] = [];
    const copy: CopyOut = this.client.query(copyTo(text));
    try {
      for await (const piece of copy) pieces.push(piece as Buffer);
      return Buffer.concat(pieces);
    } finally {
      // The driver set its time limit there, and the stream does not know of it.
      copy.callback?.();
    }
  }

  private run<Row extends object>(
    statement: SqlFragment,
    { prepareAs, timeoutMs }: QueryOptions = {},
  ): Promise<pg.QueryResult<Row>> {
    const { text, values } = statement.compile();
    const send = (): Promise<pg.QueryResult<Row>> =>
      this.client.query<Row>({
        text,
        // Sequelize installs type parsers of its own on the connection; the driver's are the documented ones.
        types: pg.types,
        // Without values the simple protocol is used, which accepts several statements (migrations).
        ...(values.length > 0 && { values: [...values] }),
        ...(prepareAs !== undefined && { name: prepareAs }),
        ...(timeoutMs !== undefined && { query_timeout: timeoutMs }),
      });
    return this.watched(text, values, send, ({ rowCount }) => rowCount ?? 0);
  }

  /** Sends, shows the watchers what becomes of it, and translates the driver's errors. */
  private async watched<T>(
    text: string,
    values: readonly unknown[],
    send: () => Promise<T>,
    rowsOf: (answer: T) => number,
  ): Promise<T> {
    const statement = { text, values, connection: this.client };
    const tell = this.watchers.map((watcher) => watcher.began(statement));
    try {
      const answer = await send();
      for (const ended of tell) ended({ rows: rowsOf(answer) });
      return answer;
    } catch (error) {
      for (const ended of tell) ended({ rows: 0, error });
      const translated = translate(error);
      if (translated instanceof DatabaseUnavailableError) this.hasLostConnection = true;
      throw translated;
    }
  }
}

/** Each piece waits for the socket by itself: few are quicker than many. */
function* inLargePieces(bytes: Iterable<Buffer>): Generator<Buffer> {
  let pieces: Buffer[] = [];
  let length = 0;
  for (const piece of bytes) {
    pieces.push(piece);
    length += piece.length;
    if (length < LARGE_PIECE_BYTES) continue;
    yield Buffer.concat(pieces);
    [pieces, length] = [[], 0];
  }
  if (length > 0) yield Buffer.concat(pieces);
}
