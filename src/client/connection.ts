import type { ErrorMessage, ServerMessage, Welcome } from './messages.js';
import type { Ending } from './reconnection.js';
import type { Socket, Surroundings } from './surroundings.js';

const WELCOME_WITHIN_MS = 10_000;
/** A connection on which the server is silent for longer than this after a ping is dead. */
const PONG_WITHIN_MS = 10_000;
const ABNORMAL = 1006;
const encoder = new TextEncoder();

/** What a connection tells. Nothing after `ended`. */
export interface ConnectionListener {
  welcomed(welcome: Welcome): void;
  received(message: ServerMessage): void;
  ended(ending: Ending): void;
}

/**
 * One WebSocket from its opening to its end. It ends by itself when no `welcome` comes, or when the server is silent:
 * a socket whose network is gone says nothing for minutes.
 */
export class Connection {
  private openedAt: number | undefined;
  private heardAt: number;
  private retryAfterMs: number | undefined;
  private isGoing = false;
  private isOver = false;
  private stopTimer: () => void;
  private maxFrameBytes = Infinity;

  constructor(
    private readonly socket: Socket,
    private readonly listener: ConnectionListener,
    private readonly surroundings: Surroundings,
  ) {
    this.heardAt = surroundings.monotonic();
    this.stopTimer = surroundings.after(WELCOME_WITHIN_MS, () => this.abandon());
    socket.onmessage = ({ data }: { readonly data: unknown }) => this.hear(data);
    socket.onclose = ({ code }: { readonly code: number }) => this.end(code);
    // `close` follows, always.
    socket.onerror = () => undefined;
  }

  get isOpen(): boolean {
    return this.openedAt !== undefined && !this.isOver;
  }

  /** Bytes by which a text is too large; 0 when it may be sent. */
  oversize(text: string): { readonly bytes: number; readonly maxBytes: number } | undefined {
    // At most three bytes a UTF-16 unit: most texts need not be encoded to know.
    if (text.length * 3 <= this.maxFrameBytes) return undefined;
    const bytes = encoder.encode(text).length;
    return bytes > this.maxFrameBytes ? { bytes, maxBytes: this.maxFrameBytes } : undefined;
  }

  send(text: string): void {
    if (this.isOpen) this.socket.send(text);
  }

  /** Ends it at once, without waiting for the other side, which may be gone. */
  abandon(code?: number, reason?: string): void {
    if (this.isOver) return;
    this.end(code ?? ABNORMAL);
    this.socket.close(code, reason);
  }

  private hear(data: unknown): void {
    if (this.isOver) return;
    this.heardAt = this.surroundings.monotonic();
    const message = parse(data);
    if (message === undefined) return;
    if (message.type === 'welcome') this.open(message);
    else if (message.type === 'error') this.note(message);
    else if (message.type === 'going_away') this.isGoing = true;
    if (this.isOpen || message.type === 'error') this.listener.received(message);
  }

  private open(welcome: Welcome): void {
    this.openedAt = this.heardAt;
    this.maxFrameBytes = welcome.maxFrameBytes;
    this.stopTimer();
    this.listen(welcome.heartbeatMs);
    this.listener.welcomed(welcome);
  }

  /** Asks when nothing was heard for a while, and gives up when nothing comes then. */
  private listen(heartbeatMs: number): void {
    const silentMs = this.surroundings.monotonic() - this.heardAt;
    if (silentMs >= heartbeatMs + PONG_WITHIN_MS) return this.abandon();
    const isDue = silentMs >= heartbeatMs;
    if (isDue) this.socket.send('{"type":"ping"}');
    const waitMs = isDue ? heartbeatMs + PONG_WITHIN_MS - silentMs : heartbeatMs - silentMs;
    this.stopTimer = this.surroundings.after(waitMs, () => this.listen(heartbeatMs));
  }

  private note({ ref, retryAfterMs }: ErrorMessage): void {
    // Of an answer to one message it says when to send that again, and not when to connect.
    if (ref === undefined) this.retryAfterMs = retryAfterMs;
  }

  private end(code: number): void {
    if (this.isOver) return;
    const openMs = this.openedAt === undefined ? 0 : this.surroundings.monotonic() - this.openedAt;
    this.isOver = true;
    this.stopTimer();
    this.socket.onmessage = null;
    this.socket.onclose = null;
    this.listener.ended({ code, openMs, retryAfterMs: this.retryAfterMs, isExpected: this.isGoing });
  }
}

/** Undefined of what is no message: newer servers may say more than this client knows, and that is ignored. */
function parse(data: unknown): ServerMessage | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(data);
    const isMessage = typeof value === 'object' && value !== null && 'type' in value;
    return isMessage ? (value as ServerMessage) : undefined;
  } catch {
    return undefined;
  }
}
