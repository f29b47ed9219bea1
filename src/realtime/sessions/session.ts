import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { AppError } from '../../kernel/app-error.js';
import type { CloseReason, Connection, ServerMessage } from '../../presence/index.js';
import type { CallerIdentity, HeldKey } from '../../tenancy/index.js';
import type { ChannelCursor } from '../subscriptions/channel-cursor.js';
import { Allowance } from './allowance.js';
import { encode, errorMessage } from './answers.js';
import type { ClientOutlet, OutletEvents } from './client-outlet.js';

/** A client that sends ahead of its answers is not read on beyond so many frames. */
const MAX_QUEUED = 32;
/** Ends that clients and their networks come back from within seconds: others go on seeing them for a while. */
const ABNORMAL: ReadonlySet<CloseReason> = new Set(['INTERNAL', 'OVERLOADED', 'SILENT', 'SLOW_CONSUMER']);

/** What a session is made of. */
export interface SessionParts {
  readonly webSocket: WebSocket;
  readonly socket: Duplex;
  readonly outlet: ClientOutlet;
  readonly connection: Connection;
  readonly held: HeldKey;
  readonly nowMs: number;
}

/** Works on one frame; what it returns is waited for before the next one. */
export type FrameHandler = (session: Session, frame: Buffer) => Promise<void> | undefined;

/**
 * One open connection: frames come in one after the other, each when the one before is answered, and messages go out.
 * It lives from the welcome to the end of the socket.
 */
export class Session implements OutletEvents {
  readonly connection: Connection;
  readonly outlet: ClientOutlet;
  readonly allowance: Allowance;
  /** How far each subscribed channel was told, by its key. */
  readonly cursors = new Map<string, ChannelCursor>();
  /** Whether anything came since the last look at the heartbeats. */
  isHeard = true;
  /** When the unanswered ping left, or the last answered one; monotonic. */
  pingedAtMs: number;
  isPinged = false;
  private readonly webSocket: WebSocket;
  private readonly socket: Duplex;
  private key: HeldKey;
  private queued: Buffer[] | undefined;
  private isDeaf = false;

  constructor({ webSocket, socket, outlet, connection, held, nowMs }: SessionParts) {
    this.webSocket = webSocket;
    this.socket = socket;
    this.connection = connection;
    this.outlet = outlet;
    this.key = held;
    this.allowance = new Allowance(nowMs);
    this.pingedAtMs = nowMs;
  }

  /** The key that counts now. */
  get held(): HeldKey {
    return this.key;
  }

  get caller(): CallerIdentity {
    return this.key.caller;
  }

  get tenantId(): string {
    return this.connection.identity.tenantId;
  }

  /** Whether frames of the client still count. */
  get isOpen(): boolean {
    return this.outlet.closeReason === undefined && !this.connection.isEnded;
  }

  /** From now on the rights are those of another key. */
  adopt(held: HeldKey): void {
    this.key = held;
  }

  send(message: ServerMessage): void {
    this.outlet.send(encode(message), 'reliable');
  }

  close(reason: CloseReason, words: string): void {
    this.outlet.close(reason, words);
  }

  /** Ends the connection with the reason in a frame first: browsers show no close codes to their users. */
  dismiss(error: AppError, reason: CloseReason): void {
    if (!this.isOpen) return;
    this.send(errorMessage(error));
    this.close(reason, error.message);
  }

  /** Diffs were left out: only the whole state is right now. Other channels say by their numbers what is missing. */
  onSkipped(channelKey: string): void {
    const [, layoutId] = /^\d+:layout:(\d+)$/.exec(channelKey) ?? [];
    if (layoutId !== undefined) this.connection.refresh(layoutId);
  }

  onSlow(): void {
    this.close('SLOW_CONSUMER', 'what was sent was not read');
  }

  /** Places are free at once, whenever the socket is gone. */
  onClosed(reason: CloseReason): void {
    this.connection.end({ isAbnormal: ABNORMAL.has(reason) });
  }

  /** The socket is gone. @param code what the close frame said, 1006 without one */
  end(code: number): void {
    this.connection.end({ isAbnormal: code === 1006 });
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.connection.end({ isAbnormal: true });
    this.webSocket.terminate();
  }

  /** Reads nothing more; the socket is cut when the time for its close frame is over. */
  deafen(): void {
    this.isDeaf = true;
    this.webSocket.pause();
  }

  ping(nowMs: number): void {
    this.isPinged = true;
    this.pingedAtMs = nowMs;
    this.webSocket.ping();
  }

  pong(data: Buffer): void {
    // Pongs that nobody reads must not pile up.
    if (!this.socket.writableNeedDrain) this.webSocket.pong(data);
  }

  /** Hands a frame to `handle`, after those that came before it. */
  receive(frame: Buffer, handle: FrameHandler): void {
    if (this.queued !== undefined) {
      this.queued.push(frame);
      if (this.queued.length >= MAX_QUEUED) this.webSocket.pause();
      return;
    }
    const busy = handle(this, frame);
    if (busy === undefined) return;
    this.queued = [];
    void this.workOff(busy, handle);
  }

  /** Frames wait for an answer of ours, and nothing of it for the client to read: its silence is our doing. */
  get isBusy(): boolean {
    return this.queued !== undefined && !this.outlet.isFull;
  }

  private async workOff(busy: Promise<void>, handle: FrameHandler): Promise<void> {
    await busy;
    for (let frame = this.queued?.shift(); frame !== undefined; frame = this.queued?.shift()) {
      if (!this.isOpen) break;
      this.readOn();
      await handle(this, frame);
    }
    this.queued = undefined;
    this.readOn();
  }

  private readOn(): void {
    if (this.webSocket.isPaused && !this.isDeaf) this.webSocket.resume();
  }
}
