import { Connection, type ConnectionListener } from './connection.js';
import { ClientMessageTooLargeError, ClientOfflineError, ClientStoppedError } from './errors.js';
import type { ServerMessage, Welcome } from './messages.js';
import { classOf, type Ending, meaningOf, Reconnection } from './reconnection.js';
import type { SocketConstructor, Surroundings } from './surroundings.js';

const PROTOCOL = 'plimsoll.v1';
const NORMAL = 1000;

/** How the client stands. `waiting`: it connects again after `delayMs`. `stopped`: for good, and why. */
export type ClientState =
  | { readonly name: 'connecting' }
  | { readonly name: 'open'; readonly welcome: Welcome }
  | { readonly name: 'waiting'; readonly delayMs: number; readonly why: string }
  | { readonly name: 'stopped'; readonly why: string };

/**
 * An API key, or where to ask for one: at every connect, and with `isExpired` when the last one has expired. A key that
 * the connection goes on with stands in the place of one that was given as text.
 */
export type TokenSource = string | ((asked: { readonly isExpired: boolean }) => string | Promise<string>);

export interface LinkOptions {
  readonly url: string;
  readonly token: TokenSource;
  readonly webSocket: SocketConstructor;
  readonly surroundings: Surroundings;
}

/** What a link tells. */
export interface LinkListener {
  changed(state: ClientState): void;
  /** A connection is open. */
  opened(): void;
  received(message: ServerMessage): void;
  /** It is gone; another one may follow. */
  lost(): void;
  /** The token could not be had; it is asked for again. */
  failed(error: unknown): void;
}

/**
 * One connection after the other, until it is stopped: by its owner, by a close code that says that the same would
 * happen again, or by a key that has expired and is given again.
 */
export class Link implements ConnectionListener {
  private connection: Connection | undefined;
  private readonly reconnection: Reconnection;
  private state: ClientState = { name: 'connecting' };
  private stopTimer: () => void = () => undefined;
  private expired: string | undefined;
  /** The one of this connection. */
  private token = '';
  private source: TokenSource;

  constructor(
    private readonly options: LinkOptions,
    private readonly listener: LinkListener,
  ) {
    this.source = options.token;
    this.reconnection = new Reconnection(options.surroundings);
  }

  get current(): ClientState {
    return this.state;
  }

  /** Whether something can be sent: not while it is being told that the connection is lost. */
  get isOpen(): boolean {
    return this.state.name === 'open' && this.connection?.isOpen === true;
  }

  async connect(): Promise<void> {
    this.become({ name: 'connecting' });
    const token = await this.newToken();
    // Stopped meanwhile, or there is no token.
    if (this.state.name !== 'connecting' || token === undefined) return;
    if (token === this.expired) {
      this.stop('the key has expired, and no other one was given');
      return;
    }
    this.token = token;
    this.open(token);
  }

  /**
   * @throws ClientStoppedError CLIENT_STOPPED
   * @throws ClientOfflineError CLIENT_OFFLINE
   * @throws ClientMessageTooLargeError CLIENT_MESSAGE_TOO_LARGE
   */
  send(text: string): void {
    if (this.state.name === 'stopped') throw new ClientStoppedError(this.state.why);
    if (this.connection?.isOpen !== true) throw new ClientOfflineError();
    const oversize = this.connection.oversize(text);
    if (oversize !== undefined) throw new ClientMessageTooLargeError(oversize.bytes, oversize.maxBytes);
    this.connection.send(text);
  }

  /** The connection goes on with another key. */
  adopt(token: string): void {
    this.token = token;
    if (typeof this.source === 'string') this.source = token;
  }

  /** For good. */
  stop(why: string): void {
    if (this.state.name === 'stopped') return;
    this.stopTimer();
    this.become({ name: 'stopped', why });
    this.connection?.abandon(NORMAL, 'bye');
  }

  welcomed(welcome: Welcome): void {
    this.expired = undefined;
    this.become({ name: 'open', welcome });
    this.listener.opened();
  }

  received(message: ServerMessage): void {
    if (message.type === 'going_away') this.leaveWithin(message.reconnectWithinMs);
    this.listener.received(message);
  }

  ended(ending: Ending): void {
    this.connection = undefined;
    this.stopTimer();
    try {
      this.listener.lost();
    } finally {
      // Also when somebody who hears of it throws.
      this.followUp(ending);
    }
  }

  private followUp(ending: Ending): void {
    if (this.state.name === 'stopped') return;
    const why = meaningOf(ending.code);
    const asks = classOf(ending.code);
    if (asks === 'stop') return this.stop(why);
    if (asks === 're-authenticate') this.expired = this.token;
    this.comeAgain(ending, why);
  }

  /** A key or an address of signs that are not allowed there stays wrong. */
  private open(token: string): void {
    const { webSocket: Socket, url, surroundings } = this.options;
    try {
      const socket = new Socket(url, [PROTOCOL, `bearer.${token}`]);
      this.connection = new Connection(socket, this, surroundings);
    } catch (error) {
      this.listener.failed(error);
      this.stop('no WebSocket can be made of this address and key');
    }
  }

  /** Leaves a server that stops at a moment of its own, before it has to be shown the door. */
  private leaveWithin(withinMs: number): void {
    const { surroundings } = this.options;
    this.stopTimer();
    this.stopTimer = surroundings.after(surroundings.fraction() * withinMs, () => {
      this.connection?.abandon(NORMAL, 'going away');
    });
  }

  private comeAgain(ending: Ending, why: string): void {
    const delayMs = this.reconnection.delayMs(ending);
    this.become({ name: 'waiting', delayMs, why });
    this.stopTimer = this.options.surroundings.after(delayMs, () => void this.connect());
  }

  private async newToken(): Promise<string | undefined> {
    const { source } = this;
    if (typeof source === 'string') return source;
    try {
      return await source({ isExpired: this.expired !== undefined });
    } catch (error) {
      this.listener.failed(error);
      if (this.state.name === 'connecting') this.comeAgain({ code: 1006, openMs: 0 }, 'no key was given');
      return undefined;
    }
  }

  private become(state: ClientState): void {
    this.state = state;
    this.listener.changed(state);
  }
}
