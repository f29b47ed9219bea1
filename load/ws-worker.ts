import { WebSocket } from 'ws';
import { answerQuestions } from '../bench/support/peer-process.js';
import type { ServerMessage } from '../src/presence/index.js';
import { type Buckets, Latencies } from './latencies.js';

/** Connections that are being opened at a time: more only wait for each other. */
const AT_ONCE = 50;
const CONNECT_WITHIN_MS = 30_000;

/** Clients that are to be there. */
export interface Crowd {
  readonly url: string;
  readonly key: string;
  /** The layout of each. */
  readonly layouts: readonly string[];
  readonly updatesPerSecond: number;
}

/** What happened since the last time it was asked for. */
export interface Counts {
  connected: number;
  disconnected: number;
  sent: number;
  received: number;
  receivedBytes: number;
  errors: number;
  /** Of this process. */
  cpuSeconds: number;
  readonly reasons: Record<string, number>;
  /** From a state that was sent to each one who saw it. */
  delivery: Buckets;
  connect: Buckets;
}

const clients = new Set<LoadClient>();
const deliveries = new Latencies();
const connects = new Latencies();
let counts = newCounts();
let cpu = process.cpuUsage();

function newCounts(): Counts {
  const numbers = {
    connected: 0,
    disconnected: 0,
    sent: 0,
    received: 0,
    receivedBytes: 0,
    errors: 0,
    cpuSeconds: 0,
  };
  return { ...numbers, reasons: {}, delivery: [], connect: [] };
}

/** One and the same clock in all processes of this machine. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

function note(reason: string): void {
  counts.reasons[reason] = (counts.reasons[reason] ?? 0) + 1;
}

/** In a layout, telling where its cursor is; says how long others' cursors took to arrive. */
class LoadClient {
  private readonly socket: WebSocket;
  private timer: NodeJS.Timeout | undefined;
  private isEnding = false;
  private isIn = false;
  private isRefused = false;
  private connectionId = '';

  constructor(
    private readonly crowd: Crowd,
    private readonly layout: string,
  ) {
    const began = now();
    this.socket = new WebSocket(crowd.url, ['plimsoll.v1', `bearer.${crowd.key}`], {
      perMessageDeflate: false,
    });
    this.ready = new Promise((resolve) => {
      const giveUp = setTimeout(() => this.socket.terminate(), CONNECT_WITHIN_MS);
      const settle = (): void => {
        clearTimeout(giveUp);
        resolve();
      };
      this.socket.on('message', (data: Buffer) =>
        this.receive(data, () => {
          connects.add(now() - began);
          settle();
        }),
      );
      this.socket.on('close', (code) => {
        this.lost(code);
        settle();
      });
      this.socket.on('error', (error) => note(error.message));
    });
  }

  /** Ends when it is in its layout, or cannot be. */
  readonly ready: Promise<void>;

  end(): void {
    this.isEnding = true;
    clearTimeout(this.timer);
    this.socket.close();
  }

  private receive(data: Buffer, onReady: () => void): void {
    counts.received += 1;
    counts.receivedBytes += data.length;
    const message = JSON.parse(data.toString()) as ServerMessage;
    if (message.type === 'presence.diff') return this.measure(message);
    if (message.type === 'welcome') {
      this.connectionId = message.connectionId;
      this.send({ type: 'subscribe', layout: this.layout });
    } else if (message.type === 'subscribed') {
      counts.connected += 1;
      this.isIn = true;
      onReady();
      this.tellOn(Math.random());
    } else if (message.type === 'error') {
      counts.errors += 1;
      note(message.code);
      this.refused();
    }
  }

  /** Who cannot come in does not wait for it. */
  private refused(): void {
    if (this.isIn) return;
    this.isRefused = true;
    this.socket.terminate();
  }

  private measure({ updates }: Extract<ServerMessage, { readonly type: 'presence.diff' }>): void {
    const seenAt = now();
    for (const { connectionId, state } of updates) {
      const { cursor } = state as { readonly cursor?: { readonly at?: number } };
      if (connectionId !== this.connectionId && cursor?.at !== undefined) {
        deliveries.add(seenAt - cursor.at);
      }
    }
  }

  /** @param share of a period until the next state: so that not all tell at once */
  private tellOn(share = 1): void {
    this.timer = setTimeout(
      () => {
        const cursor = { x: Math.random(), y: Math.random(), at: now() };
        this.send({ type: 'presence.update', layout: this.layout, state: { cursor } });
        this.tellOn();
      },
      (share * 1_000) / this.crowd.updatesPerSecond,
    );
  }

  private send(message: object): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    counts.sent += 1;
    this.socket.send(JSON.stringify(message));
  }

  private lost(code: number): void {
    clearTimeout(this.timer);
    clients.delete(this);
    if (this.isEnding) return;
    if (this.isIn) counts.disconnected += 1;
    else if (!this.isRefused) counts.errors += 1;
    note(`closed ${code}`);
  }
}

answerQuestions({
  async add(crowd: Crowd): Promise<number> {
    const waiting = [...crowd.layouts];
    const open = async (): Promise<void> => {
      for (let layout = waiting.shift(); layout !== undefined; layout = waiting.shift()) {
        const client = new LoadClient(crowd, layout);
        clients.add(client);
        await client.ready;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, open));
    return clients.size;
  },
  /** What happened since the last time. */
  take(): Counts {
    const { user, system } = process.cpuUsage(cpu);
    cpu = process.cpuUsage();
    const cpuSeconds = (user + system) / 1e6;
    const taken = { ...counts, cpuSeconds, delivery: deliveries.take(), connect: connects.take() };
    counts = newCounts();
    return taken;
  },
  end(): void {
    for (const client of clients) client.end();
  },
});
