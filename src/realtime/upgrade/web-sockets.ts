import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { CLOSE_CODES, type CloseReason } from '../../presence/index.js';
import { encode, errorMessage } from '../sessions/answers.js';
import type { AppError } from '../../kernel/app-error.js';
import { HandshakeError } from '../errors.js';
import { pathOf } from './admission.js';
import { COMPRESSION, offersCompression } from './compression.js';
import { chooseProtocol } from './credentials.js';
import { refuseUpgrade } from './upgrade-answer.js';

/** Frames from clients; told to them in the welcome. */
export const MAX_FRAME_BYTES = 64 * 1_024;
/** A peer that does not answer a close frame is cut after this; the default is 30 s. */
const CLOSE_TIMEOUT_MS = 2_000;
/** Pieces of a frame each cost more memory and time than their bytes, and are not counted before the frame is whole. */
const MOST_FRAGMENTS = 256;
const MOST_CHUNKS = 1_024;

/**
 * The library compresses nothing: its contexts cost more than 200 KB a connection. Pings are answered by us, so that they count. The
 * options for closing and for pieces are not in the typings yet.
 */
const OPTIONS: ServerOptions &
  Readonly<Record<'closeTimeout' | 'maxFragments' | 'maxBufferedChunks', number>> = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  skipUTF8Validation: false,
  autoPong: false,
  maxPayload: MAX_FRAME_BYTES,
  closeTimeout: CLOSE_TIMEOUT_MS,
  maxFragments: MOST_FRAGMENTS,
  maxBufferedChunks: MOST_CHUNKS,
  handleProtocols: chooseProtocol,
};

/** Frames that one who is refused may have sent before it hears of that. */
const MOST_IGNORED = 8;

type RefusedUpgrade = readonly [IncomingMessage, Duplex, Buffer];

/** Makes WebSockets of upgrades. */
export class WebSockets {
  private readonly plain = newServer(OPTIONS);
  private readonly compressing = newServer({ ...OPTIONS, perMessageDeflate: COMPRESSION });

  /**
   * Undefined when the handshake is wrong, which was answered, or the client is gone.
   * @param mayCompress whether compression is agreed on with a client that offers it
   */
  complete(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    mayCompress = false,
  ): WebSocket | undefined {
    let completed: WebSocket | undefined;
    const server = mayCompress && offersCompression(request) ? this.compressing : this.plain;
    server.handleUpgrade(request, socket, head, (webSocket) => {
      completed = webSocket;
    });
    return completed;
  }

  /** Opens a WebSocket only to say why it is closed: browsers are told nothing of refused upgrades. */
  refuse(...[upgrade, error, reason]: [RefusedUpgrade, AppError, CloseReason]): void {
    const webSocket = this.complete(...upgrade);
    if (webSocket === undefined) return;
    ignore(webSocket);
    webSocket.send(encode(errorMessage(error)), { binary: false });
    webSocket.close(CLOSE_CODES[reason].code, error.code);
  }
}

function newServer(options: ServerOptions): WebSocketServer {
  const server = new WebSocketServer(options);
  // Told as all else that is refused, and with what RFC 6455 wants of those who ask for another version.
  server.on('wsClientError', ({ message }, socket, request) => {
    const versions = { 'Sec-WebSocket-Version': '13' };
    refuseUpgrade(socket, new HandshakeError(message), pathOf(request), versions);
  });
  return server;
}

/** Whatever it sends is not looked at, and of one who does not stop it is not even read. */
function ignore(webSocket: WebSocket): void {
  let left = MOST_IGNORED;
  const count = (): void => {
    left -= 1;
    if (left < 0) webSocket.pause();
  };
  webSocket.on('error', () => undefined);
  for (const event of ['message', 'ping', 'pong'] as const) webSocket.on(event, count);
}
