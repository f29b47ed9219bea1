import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { WEBSOCKET_CONFIG, type WebSocketConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { Ids } from '../../kernel/ids.js';
import { type Connection, ConnectionLimitError, PresenceHub } from '../../presence/index.js';
import type { HeldKey } from '../../tenancy/index.js';
import type { ClientOutlet } from '../sessions/client-outlet.js';
import type { Session } from '../sessions/session.js';
import { SessionOpener } from '../sessions/session-opener.js';
import type { Refusal } from './admission.js';
import { MAX_FRAME_BYTES, type WebSockets } from './web-sockets.js';

const CONNECTION_ID_LENGTH = 20;

/** A wish for a WebSocket, as Node hands it over. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** What is there of a connection before its WebSocket. */
interface Admitted {
  readonly webSockets: WebSockets;
  readonly outlet: ClientOutlet;
  readonly connection: Connection;
  readonly held: HeldKey;
}

/** Makes an open connection of an upgrade that was admitted. */
@Injectable()
export class ConnectionMaker {
  constructor(
    private readonly hub: PresenceHub,
    private readonly opener: SessionOpener,
    private readonly ids: Ids,
    private readonly clock: Clock,
    @Inject(WEBSOCKET_CONFIG) private readonly config: WebSocketConfig,
  ) {}

  /**
   * Takes the places first, and opens the WebSocket then: nothing is read from a client that has none.
   * @returns undefined when the client is gone or refused by then, or its handshake was wrong
   */
  async make(
    webSockets: WebSockets,
    { request, socket, head }: Upgrade,
    held: HeldKey,
  ): Promise<Session | Refusal | undefined> {
    const outlet = this.opener.newOutlet();
    const connection = await this.connect(held, outlet);
    if ('error' in connection) return connection;
    // The handshake's answer and the welcome leave in one write.
    socket.cork();
    try {
      return this.open({ request, socket, head }, { webSockets, outlet, connection, held });
    } catch (error) {
      // Its places are nobody's then.
      connection.end({ isAbnormal: false });
      throw error;
    } finally {
      socket.uncork();
    }
  }

  private open({ request, socket, head }: Upgrade, parts: Admitted): Session | undefined {
    const { webSockets, outlet, connection, held } = parts;
    const mayCompress = this.config.compressAboveBytes > 0;
    const webSocket = socket.writable ? webSockets.complete(request, socket, head, mayCompress) : undefined;
    if (webSocket === undefined) {
      connection.end({ isAbnormal: false });
      return undefined;
    }
    if (webSocket.extensions !== '') outlet.compressAbove(this.config.compressAboveBytes);
    const nowMs = this.clock.monotonic();
    const session = this.opener.open({ webSocket, socket, outlet, connection, held, nowMs });
    this.welcome(session);
    return session;
  }

  private async connect(
    { caller: { tenantId, keyId }, name }: HeldKey,
    outlet: ClientOutlet,
  ): Promise<Connection | Refusal> {
    const identity = { connectionId: this.ids.token(CONNECTION_ID_LENGTH), tenantId, userId: keyId, name };
    try {
      return await this.hub.connect(identity, outlet);
    } catch (error) {
      if (!(error instanceof ConnectionLimitError)) throw error;
      return { error, outcome: 'limit', reason: 'LIMIT_REACHED' };
    }
  }

  private welcome(session: Session): void {
    const { connectionId, tenantId, userId, name } = session.connection.identity;
    session.send({
      type: 'welcome',
      protocol: 1,
      connectionId,
      tenantId,
      user: { id: userId, name },
      role: session.caller.role,
      heartbeatMs: this.config.heartbeatMs,
      maxFrameBytes: MAX_FRAME_BYTES,
    });
  }
}
