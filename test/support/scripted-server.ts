import type { ClientState } from '../../src/client/index.js';
import type { Socket, SocketConstructor } from '../../src/client/index.js';
import type { ServerMessage, ServerMessageOf } from '../../src/presence/index.js';

type Handler = ((event: never) => void) | null;

/** A socket that a test speaks through. */
export class ScriptedSocket implements Socket {
  onopen: Handler = null;
  onmessage: Handler = null;
  onclose: Handler = null;
  onerror: Handler = null;
  readonly sent: Readonly<Record<string, unknown>>[] = [];
  isClosed = false;

  constructor(readonly protocols: readonly string[]) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.isClosed = true;
  }
}

/** The other side of a client, said line by line. */
export class ScriptedServer {
  readonly sockets: ScriptedSocket[] = [];

  /** For the client's options. */
  socketClass(): SocketConstructor {
    const { sockets } = this;
    return class extends ScriptedSocket {
      constructor(_url: string, protocols: string[]) {
        super(protocols);
        sockets.push(this);
      }
    };
  }

  get latest(): ScriptedSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('nobody has connected');
    return socket;
  }

  welcome(welcome: Partial<ServerMessageOf<'welcome'>> = {}): void {
    this.send({
      ...{ type: 'welcome', protocol: 1, connectionId: 'c', tenantId: '1', role: 'editor' },
      ...{ user: { id: '1', name: 'Ann' }, heartbeatMs: 25_000, maxFrameBytes: 65_536 },
      ...welcome,
    });
  }

  send(...messages: ServerMessage[]): void {
    for (const message of messages) this.emit(this.latest.onmessage, { data: JSON.stringify(message) });
  }

  lose(code = 1006): void {
    this.emit(this.latest.onclose, { code });
  }

  private emit(handler: Handler, event: object): void {
    handler?.(event as never);
  }
}

/** The latest state, which must be of this name. */
export function reachedState<Name extends ClientState['name']>(
  states: readonly ClientState[],
  name: Name,
): Extract<ClientState, { readonly name: Name }> {
  const state = states.at(-1);
  if (state?.name !== name) throw new Error(`the state is ${state?.name ?? 'none'}, not ${name}`);
  return state as Extract<ClientState, { readonly name: Name }>;
}
