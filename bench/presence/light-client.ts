import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

const TEXT = 0x1;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;
/** Closed without a close frame. */
export const ABNORMAL = 1006;
const ENDS_WITHIN_MS = 2_000;
const CONNECTS_WITHIN_MS = 30_000;
const MASK = Buffer.from([0x5a, 0xc3, 0x17, 0x88]);
/** All sockets read into it: what is read is looked at before the next read. */
const READ = Buffer.allocUnsafe(256 * 1_024);

/** How a connection is made, and who hears of it. */
export interface LightClientOptions {
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text frame: `bytes` from `start` to `end`, valid during the call only. */
  readonly onText: (bytes: Buffer, start: number, end: number, client: LightClient) => void;
  /** Before the first frame. */
  readonly onOpen?: (client: LightClient) => void;
  readonly onClose?: (code: number, client: LightClient) => void;
}

/**
 * A WebSocket client that costs a few microseconds a frame: with `ws` the generator of the load would be slower than
 * the servers it is to measure. It speaks what these servers send: whole frames, not compressed.
 */
export class LightClient {
  private left: Buffer | undefined;
  private closeCode = ABNORMAL;
  private isOpen = false;
  framesIn = 0;
  bytesIn = 0;

  private constructor(
    private readonly socket: Socket,
    private readonly options: LightClientOptions,
  ) {}

  /** @throws TypeError when the server does not upgrade, with its answer */
  static connect(options: LightClientOptions): Promise<LightClient> {
    return new Promise((resolve, reject) => {
      const state: { client?: LightClient } = {};
      const socket = connect({
        port: options.port,
        host: '127.0.0.1',
        noDelay: true,
        onread: {
          buffer: READ,
          callback: (bytesRead, buffer) => {
            state.client?.take((buffer as Buffer).subarray(0, bytesRead), settle);
            return true;
          },
        },
      });
      const client = new LightClient(socket, options);
      state.client = client;
      const late = setTimeout(() => settle('no answer'), CONNECTS_WITHIN_MS);
      function settle(failure?: string): void {
        clearTimeout(late);
        if (failure === undefined) resolve(client);
        else {
          socket.destroy();
          reject(new TypeError(failure));
        }
      }
      socket.on('error', (error) => settle(String(error)));
      socket.on('close', () => {
        if (!client.isOpen) return settle('closed');
        client.options.onClose?.(client.closeCode, client);
      });
      socket.write(request(options));
    });
  }

  send(text: string): void {
    this.socket.write(frameOf(text));
  }

  /** Sends frames that were made before, in one write. */
  write(frames: Buffer): void {
    this.socket.write(frames);
  }

  /** Stops reading, as a page that hangs: what the server sends stays where it is. */
  freeze(): void {
    this.socket.pause();
  }

  /** In good order. */
  end(): void {
    this.socket.write(frameOf(Buffer.from([0x03, 0xe8]), CLOSE));
    const late = setTimeout(() => this.socket.destroy(), ENDS_WITHIN_MS);
    this.socket.once('close', () => clearTimeout(late));
  }

  /** As when a cable is pulled out. */
  cut(): void {
    this.socket.resetAndDestroy();
  }

  private take(chunk: Buffer, settle: (failure?: string) => void): void {
    let bytes = this.left === undefined ? chunk : Buffer.concat([this.left, chunk]);
    this.left = undefined;
    if (!this.isOpen) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end >= 0) {
        const head = bytes.toString('latin1', 0, end);
        if (!head.startsWith('HTTP/1.1 101')) return settle(head.split('\r\n')[0]);
        this.isOpen = true;
        this.options.onOpen?.(this);
        settle();
        bytes = bytes.subarray(end + 4);
      }
    }
    const from = this.isOpen ? this.readFrames(bytes) : 0;
    if (from < bytes.length) this.left = Buffer.from(bytes.subarray(from));
  }

  /** Answers where the first frame begins that is not whole. */
  private readFrames(bytes: Buffer): number {
    let at = 0;
    while (at + 2 <= bytes.length) {
      let length = (bytes[at + 1] ?? 0) & 0x7f;
      let start = at + 2;
      if (length === 126) {
        if (start + 2 > bytes.length) break;
        length = bytes.readUInt16BE(start);
        start += 2;
      } else if (length === 127) {
        if (start + 8 > bytes.length) break;
        length = Number(bytes.readBigUInt64BE(start));
        start += 8;
      }
      if (start + length > bytes.length) break;
      this.hear((bytes[at] ?? 0) & 0x0f, bytes, start, start + length);
      at = start + length;
    }
    return at;
  }

  private hear(opcode: number, bytes: Buffer, start: number, end: number): void {
    if (opcode === TEXT) {
      this.framesIn += 1;
      this.bytesIn += end - start;
      this.options.onText(bytes, start, end, this);
    } else if (opcode === PING) {
      this.socket.write(frameOf(Buffer.from(bytes.subarray(start, end)), PONG));
    } else if (opcode === CLOSE) {
      this.closeCode = end - start >= 2 ? bytes.readUInt16BE(start) : 1005;
      this.socket.end(frameOf(Buffer.from(bytes.subarray(start, end)), CLOSE));
    }
  }
}

/** A masked frame, as clients send them. */
export function frameOf(payload: string | Buffer, opcode = TEXT): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const { length } = bytes;
  const head = length < 126 ? 2 : 4;
  if (length > 0xffff) throw new TypeError('The bench sends small frames only.');
  const frame = Buffer.allocUnsafe(head + 4 + length);
  frame[0] = 0x80 | opcode;
  if (head === 2) frame[1] = 0x80 | length;
  else {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  }
  MASK.copy(frame, head);
  for (let index = 0; index < length; index += 1) {
    frame[head + 4 + index] = (bytes[index] ?? 0) ^ (MASK[index & 3] ?? 0);
  }
  return frame;
}

function request({ port, path, headers = {} }: LightClientOptions): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}
