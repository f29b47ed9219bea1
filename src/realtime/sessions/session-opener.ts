import { Injectable } from '@nestjs/common';
import type { RawData } from 'ws';
import type { CloseReason } from '../../presence/index.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { FrameInvalidError } from '../errors.js';
import { GatewayFigures } from '../figures.js';
import { Heartbeats } from '../life/heartbeats.js';
import { KeyWatch } from '../life/key-watch.js';
import { ClientOutlet } from './client-outlet.js';
import { reasonOfFault } from './fault-reasons.js';
import { Session, type SessionParts } from './session.js';
import { Sessions } from './sessions.js';

/** Begins the life of a connection that was let in: connects its events with who answers them. */
@Injectable()
export class SessionOpener {
  constructor(
    private readonly sessions: Sessions,
    private readonly dispatcher: Dispatcher,
    private readonly heartbeats: Heartbeats,
    private readonly keys: KeyWatch,
    private readonly figures: GatewayFigures,
  ) {}

  /** The way to a client that is being let in; nothing is sent on it before `open`. */
  newOutlet(): ClientOutlet {
    return new ClientOutlet(this.figures);
  }

  /** Nothing was read from the socket before; what comes from now on is heard. */
  open(parts: SessionParts): Session {
    const session = new Session(parts);
    this.sessions.add(session);
    this.keys.watch(session);
    parts.outlet.attach(parts.webSocket, parts.socket, session);
    this.listen(session, parts);
    return session;
  }

  private listen(session: Session, { webSocket }: SessionParts): void {
    let fault: CloseReason | undefined;
    webSocket.on('message', (data: RawData, isBinary: boolean) => {
      if (isBinary) session.dismiss(new FrameInvalidError('it is binary'), 'BINARY_FRAME');
      else this.dispatcher.accept(session, data as Buffer);
    });
    webSocket.on('ping', (data: Buffer) => this.dispatcher.ping(session, data));
    webSocket.on('pong', (data: Buffer) => {
      if (this.dispatcher.pong(session, data)) this.heartbeats.notePong(session);
    });
    webSocket.on('error', (error: Error & { readonly code?: string }) => {
      fault = reasonOfFault(error.code);
    });
    webSocket.on('close', (code: number) => {
      this.figures.noteClose(session.outlet.closeReason ?? fault ?? causeOf(code));
      this.sessions.remove(session);
      this.keys.unwatch(session);
      session.end(code);
    });
  }
}

function causeOf(code: number): 'CLIENT' | 'LOST' {
  return code === 1006 ? 'LOST' : 'CLIENT';
}
