// A process full of clients; its argument is a ClientsOrder as JSON. It tells every 100 ms what they have seen.
import { WebSocket } from 'ws';
import { LiveClient } from '../../src/client/index.js';
import { monotonicMs } from './monotonic.js';
import type { ClientsFigures, ClientsOrder, FromClients } from './presence-messages.js';
import { WireCount } from './wire-count.js';

const TELL_EVERY_MS = 100;
/** So that thousands do not begin in the same millisecond. */
const BEGIN_PER_TICK = 20;
const TICK_MS = 10;

const order = JSON.parse(process.argv[2] ?? '') as ClientsOrder;
let isEnded = false;
process.on('disconnect', () => process.exit(isEnded ? 0 : 1));

/** One client, and what came over its wires. */
class Follower {
  readonly wire = new WireCount();
  isOpen = false;
  connects = 0;
  stopped = '';
  openedAtMs = 0;
  private readonly client: LiveClient;

  constructor(readonly layoutId: string) {
    this.client = new LiveClient({
      ...{ url: order.url, token: order.key, webSocket: this.socketClass() },
      onState: (state) => this.changed(state),
    });
    this.client.layout(layoutId, {});
  }

  close(): void {
    this.client.close();
  }

  private changed(state: LiveClient['state']): void {
    if (state.name === 'open') this.connects += 1;
    else this.isOpen = false;
    if (state.name === 'stopped') this.stopped = state.why;
  }

  private socketClass(): typeof WebSocket {
    const hear = (text: string): void => this.hear(text);
    return class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        this.on('message', (data: Buffer) => hear(data.toString()));
      }
    } as typeof WebSocket;
  }

  /** It is back when it is in its layout, and not when it is connected. */
  private hear(text: string): void {
    if (!this.wire.hear(text)) return;
    this.isOpen = true;
    this.openedAtMs = monotonicMs();
  }
}

const followers: Follower[] = [];
const begin = setInterval(() => {
  const from = followers.length;
  for (const layoutId of order.layouts.slice(from, from + BEGIN_PER_TICK))
    followers.push(new Follower(layoutId));
  if (followers.length === order.layouts.length) clearInterval(begin);
}, TICK_MS);
const telling = setInterval(() => tell(), TELL_EVERY_MS);
// There is one message: `end`.
process.on('message', () => {
  isEnded = true;
  clearInterval(begin);
  clearInterval(telling);
  for (const follower of followers) follower.close();
  process.disconnect();
});

function tell(): void {
  process.send?.({ kind: 'figures', process: order.process, figures: figures() } satisfies FromClients);
}

function figures(): ClientsFigures {
  const sum = (of: (follower: Follower) => number): number =>
    followers.reduce((total, follower) => total + of(follower), 0);
  const reached: Record<string, number> = {};
  for (const { layoutId, wire } of followers) {
    reached[layoutId] = Math.min(wire.last ?? -1, reached[layoutId] ?? Infinity);
  }
  return {
    open: sum(({ isOpen }) => Number(isOpen)),
    subscribed: sum(({ wire }) => Number(wire.last !== undefined)),
    lastOpenedAtMs: Math.max(0, ...followers.map(({ openedAtMs }) => openedAtMs)),
    connects: sum(({ connects }) => connects),
    events: sum(({ wire }) => wire.events),
    lost: sum(({ wire }) => wire.lost),
    doubled: sum(({ wire }) => wire.doubled),
    gaps: sum(({ wire }) => wire.gaps),
    replayed: sum(({ wire }) => wire.replayed),
    stopped: followers.flatMap(({ stopped }) => (stopped === '' ? [] : [stopped])).slice(0, 3),
    reached,
  };
}
