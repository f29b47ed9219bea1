import pg from 'pg';
import { sql, type SqlFragment } from '../../kernel/sql.js';

/** Where a guarded connection goes, and how long anything may take there. */
export interface GuardedConnectionOptions {
  /** With its password: never log it. */
  readonly url: string;
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  /** The client's own patience, for a server that does not keep its limits. */
  readonly answerTimeoutMs: number;
}

/** What the server says of a statement it refused. Its text is left out: it may hold data. */
export interface StatementFailure {
  readonly sqlState: string;
  /** Characters before and including the fault, from 1. */
  readonly position: number | undefined;
  /** Number of the `$n` that the server could not give a type. */
  readonly parameter: number | undefined;
}

const UNTYPED_PARAMETER = '42P18';

/** The server's refusal in an error of the driver; undefined for any other error. */
export function statementFailureOf(error: unknown): StatementFailure | undefined {
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return undefined;
  const isUntyped = error.code === UNTYPED_PARAMETER;
  return {
    sqlState: error.code,
    position: error.position === undefined ? undefined : Number(error.position),
    parameter: isUntyped ? Number(/\$(\d+)/.exec(error.message)?.[1]) || undefined : undefined,
  };
}

/**
 * One connection outside the pool, for statements that nobody vouches for. Sends by the extended protocol alone, in which
 * a text holds one statement, and keeps what the server tells beside its answers. Not to be used by two at once.
 */
export class GuardedConnection {
  private details: string[] = [];
  private isBroken = false;

  private constructor(private readonly client: pg.Client) {
    client.on('error', () => this.breakOff());
    client.on('end', () => this.breakOff());
    client.on('notice', ({ detail }) => {
      if (detail !== undefined) this.details.push(detail);
    });
  }

  static async open(options: GuardedConnectionOptions): Promise<GuardedConnection> {
    const connection = new GuardedConnection(
      new pg.Client({
        connectionString: options.url,
        application_name: options.applicationName,
        connectionTimeoutMillis: options.connectTimeoutMs,
        query_timeout: options.answerTimeoutMs,
        keepAlive: true,
      }),
    );
    await connection.client.connect();
    return connection;
  }

  /** False once the server or the network has ended it. */
  get isUsable(): boolean {
    return !this.isBroken;
  }

  /**
   * @param prepareAs prepares the statement once, under this name; the text must never vary for a name
   * @throws the driver's error, untranslated: see `statementFailureOf`
   */
  async query<Row extends object>(statement: SqlFragment, prepareAs?: string): Promise<Row[]> {
    const { text, values } = statement.compile();
    const query: pg.QueryConfig & { readonly queryMode: 'extended' } = {
      text,
      values: [...values],
      queryMode: 'extended',
      ...(prepareAs !== undefined && { name: prepareAs }),
    };
    try {
      return (await this.client.query<Row>(query)).rows;
    } catch (error) {
      // Whoever did not get an answer cannot know what the session is doing.
      if (statementFailureOf(error) === undefined) this.breakOff();
      throw error;
    }
  }

  /** Takes back all that the session knows; what was prepared is prepared anew. */
  async discardAll(): Promise<void> {
    await this.query(sql`DISCARD ALL`);
    // The driver keeps its own list of what the server has just forgotten.
    (this.client as unknown as { connection: { parsedStatements: object } }).connection.parsedStatements = {};
  }

  /** The details of the messages that came since the last call. */
  takeDetails(): readonly string[] {
    const { details } = this;
    this.details = [];
    return details;
  }

  /** Ends it at once, with a statement under way as well: the server notices at its next look at the socket. */
  async close(): Promise<void> {
    this.isBroken = true;
    const { stream } = (this.client as unknown as { connection: { stream: { destroy(): void } } }).connection;
    stream.destroy();
    await this.client.end().catch(() => undefined);
  }

  private breakOff(): void {
    this.isBroken = true;
  }
}
