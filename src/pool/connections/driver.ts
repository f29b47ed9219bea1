/** What the pool needs of the driver's client; features know no driver. */
export interface DriverClient {
  /** Process id of the backend. */
  readonly processID?: number | null;
  /** False while a statement is under way. */
  readonly readyForQuery?: boolean;
  /** Sequelize never hands out a connection that is marked so. */
  _invalid?: boolean;
  /** It is being closed on purpose. */
  readonly _ending?: boolean;
  readonly connection?: {
    on(event: 'errorMessage', listener: (message: ServerMessage) => void): unknown;
  };
  query(config: { readonly text: string; readonly query_timeout: number }): Promise<unknown>;
  once(event: 'end', listener: () => void): unknown;
}

/** An error as the server sends it. */
export interface ServerMessage {
  readonly code?: string;
  readonly severity?: string;
}

/** Who takes a connection, and for what; see AcquireOptions of the platform. */
export interface TakeOptions {
  readonly type?: string;
  readonly uuid?: string;
  readonly handle?: object;
}

/** Sequelize's connection manager, whose methods are wrapped on the instance. */
export interface ConnectionManager {
  /** Absent before the first connection. */
  readonly pool?: {
    readonly size: number;
    readonly available: number;
    readonly using: number;
    readonly waiting: number;
    readonly maxSize: number;
    readonly minSize: number;
  };
  connect(config: unknown): Promise<DriverClient>;
  getConnection(options?: TakeOptions): Promise<DriverClient>;
  releaseConnection(connection: DriverClient): void;
  destroyConnection(connection: DriverClient): Promise<void>;
}

/** The instance of Sequelize, as far as it is looked into here. */
export interface SequelizeInstance {
  readonly connectionManager: ConnectionManager;
}

/** After these the server has ended the connection, or is about to. */
const ENDED = /^(08...|57P0[1-5]|25P0[34])$/;

/** Whether the connection is gone after this error. */
export function endsConnection({ code, severity }: ServerMessage): boolean {
  return severity === 'FATAL' || severity === 'PANIC' || (code !== undefined && ENDED.test(code));
}
