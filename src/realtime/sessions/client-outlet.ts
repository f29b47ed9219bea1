import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { CLOSE_CODES, type CloseReason, type Lane, type Outlet } from '../../presence/index.js';
import type { GatewayFigures } from '../figures.js';
import { deflatedFrame, plainFrame } from './wire-frames.js';

/** What a client may leave unread of what must arrive, and for how long it may be more. */
const RELIABLE_BYTES = 256 * 1_024;
/** Beyond this nothing is waited for: the reader costs more than it is worth. */
const MOST_BYTES = 768 * 1_024;
/** Bytes of a close frame's reason. */
const MAX_REASON_BYTES = 123;

/** What an outlet tells its session. */
export interface OutletEvents {
  /** Frames of a channel were left out, and now the client reads again. */
  onSkipped(channelKey: string): void;
  onSlow(): void;
  /** This side, presence included, has ended the connection. */
  onClosed(reason: CloseReason): void;
}

/**
 * The way to one client. Frames of the lane `latest` wait here, one a channel, while the socket is full; those of the
 * lane `reliable` queue up in the socket, within a bound. Nothing is sent before the socket is attached.
 */
export class ClientOutlet implements Outlet {
  private webSocket: WebSocket | undefined;
  private socket: Duplex | undefined;
  private events: OutletEvents | undefined;
  private waiting: Map<string, Buffer> | undefined;
  private waitingBytes = 0;
  private skipped: Set<string> | undefined;
  private wasOver = false;
  private closedFor: CloseReason | undefined;
  private compressAboveBytes = Infinity;

  constructor(private readonly figures: GatewayFigures) {}

  /** Opens the way. */
  attach(webSocket: WebSocket, socket: Duplex, events: OutletEvents): void {
    this.webSocket = webSocket;
    this.socket = socket;
    this.events = events;
    socket.on('drain', () => this.onDrain());
  }

  /** The client inflates frames, and larger ones are worth it. */
  compressAbove(bytes: number): void {
    this.compressAboveBytes = bytes;
  }

  /** Why this side ended the connection; undefined while it has not. */
  get closeReason(): CloseReason | undefined {
    return this.closedFor;
  }

  /** Whether the socket takes nothing more at the moment. */
  get isFull(): boolean {
    return this.socket?.writableNeedDrain === true;
  }

  /** Bytes that the client has not taken yet. */
  get pendingBytes(): number {
    return this.socket?.writableLength ?? 0;
  }

  send(frame: Buffer, lane: Lane, channelKey = ''): void {
    if (this.closedFor !== undefined || this.webSocket === undefined) return;
    if (lane === 'latest' && this.isFull) this.hold(channelKey, frame);
    else this.write(this.webSocket, frame);
  }

  /** What waits of a channel is void: the client gets its state anew. */
  forget(channelKey: string): void {
    this.waitingBytes -= this.waiting?.get(channelKey)?.length ?? 0;
    this.waiting?.delete(channelKey);
    this.skipped?.delete(channelKey);
  }

  /** Resolves when the socket takes more, or is closed. */
  async drained(): Promise<void> {
    const { socket } = this;
    if (socket?.writableNeedDrain !== true || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        socket.off('drain', finish).off('close', finish);
        resolve();
      };
      socket.on('drain', finish).on('close', finish);
    });
  }

  close(reason: CloseReason, words: string): void {
    if (this.closedFor !== undefined) return;
    this.closedFor = reason;
    this.waiting = undefined;
    this.waitingBytes = 0;
    this.skipped = undefined;
    this.webSocket?.close(CLOSE_CODES[reason].code, cutTo(words, MAX_REASON_BYTES));
    this.events?.onClosed(reason);
  }

  /** Called every second: who had too much unread all the time since the last call does not read. */
  judge(): void {
    const isOver = this.pendingBytes > RELIABLE_BYTES;
    if (isOver && this.wasOver) this.events?.onSlow();
    this.wasOver = isOver;
  }

  /** Past the library, which frames each message anew for each client. It has none under way that could be overtaken. */
  private write(webSocket: WebSocket, frame: Buffer): void {
    if (webSocket.readyState !== webSocket.OPEN) return;
    const deflated = frame.length > this.compressAboveBytes ? deflatedFrame(frame) : undefined;
    const sent = deflated ?? plainFrame(frame);
    this.socket?.write(sent);
    this.figures.sentFrames();
    this.figures.sentBytes(sent.length);
    this.bound(sent);
  }

  /** One frame may be larger than all bounds; what counts is what waits behind it. */
  private bound(frame: Buffer): void {
    if (this.pendingBytes + this.waitingBytes - frame.length > MOST_BYTES) this.events?.onSlow();
  }

  private hold(channelKey: string, frame: Buffer): void {
    this.waiting ??= new Map();
    const before = this.waiting.get(channelKey);
    if (before !== undefined) {
      this.skipped ??= new Set();
      this.skipped.add(channelKey);
      this.figures.skippedFrames();
    } else {
      this.figures.heldFrames();
    }
    this.waiting.set(channelKey, frame);
    this.waitingBytes += frame.length - (before?.length ?? 0);
    this.bound(frame);
  }

  private onDrain(): void {
    this.wasOver = false;
    const { waiting, skipped, webSocket } = this;
    if (waiting === undefined || webSocket === undefined) return;
    this.waiting = undefined;
    this.waitingBytes = 0;
    this.skipped = undefined;
    for (const [channelKey, frame] of waiting) {
      this.send(frame, 'latest', channelKey);
      if (skipped?.has(channelKey) === true) this.events?.onSkipped(channelKey);
    }
  }
}

/** The beginning of a text that has so many bytes at most, and no half characters. */
function cutTo(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  return bytes.length <= maxBytes
    ? text
    : bytes
        .subarray(0, maxBytes)
        .toString('utf8')
        .replace(/\uFFFD+$/, '');
}
