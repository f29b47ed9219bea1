import type { PeerProcess } from '../bench/support/peer-process.js';
import { type Buckets, Latencies } from './latencies.js';
import { apiOf, serverUse, type ServerUse } from './server-load.js';
import type { LoadOptions } from './ws-options.js';
import type { Counts, Crowd as Comers } from './ws-worker.js';

/** What a step came to. */
export interface StepFigures {
  readonly clients: number;
  readonly connected: number;
  readonly disconnected: number;
  readonly sent: number;
  readonly received: number;
  readonly errors: number;
  /** From a state that was sent to each one who saw it: while all were there, and while they were coming. */
  readonly delivery: Latencies;
  readonly deliveryOnOpening: Latencies;
  readonly connect: Latencies;
  readonly openedSeconds: number;
  /** Of one core; undefined when the server does not tell. */
  readonly serverShare: number | undefined;
  readonly serverBytes: number | undefined;
  /** Of one core, the busiest process of clients: near 1 it measures itself. */
  readonly clientsShare: number;
  readonly reasons: Readonly<Record<string, number>>;
}

/** Where the crowd goes. */
export interface LoadTarget {
  readonly url: string;
  readonly key: string;
  readonly layouts: readonly string[];
}

/** Brings clients in, step by step, and measures those who are there for some seconds. */
export class Crowd {
  private present = 0;
  private connected = 0;

  constructor(
    private readonly options: LoadOptions,
    private readonly target: LoadTarget,
    private readonly workers: readonly PeerProcess[],
  ) {}

  async step(clients: number): Promise<StepFigures> {
    const opening = performance.now();
    await Promise.all(this.workers.map((worker, index) => worker.ask('add', this.comers(index, clients))));
    const openedSeconds = (performance.now() - opening) / 1_000;
    this.present = clients;
    // The server has its own work with those who came; what it does for them alone is measured apart.
    await pause(this.options.settleSeconds);
    const opened = await this.takeAll();

    const [before, began] = [await this.serverUse(), performance.now()];
    await pause(this.options.seconds);
    const steady = await this.takeAll();
    const [after, seconds] = [await this.serverUse(), (performance.now() - began) / 1_000];

    return this.figures({ clients, openedSeconds, opened, steady }, { before, after, seconds });
  }

  private figures(
    { clients, openedSeconds, opened, steady }: Omit<Step, 'seconds'>,
    { before, after, seconds }: Use,
  ): StepFigures {
    const counts = [...opened, ...steady];
    const sum = (of: (one: Counts) => number): number => counts.reduce((total, one) => total + of(one), 0);
    const disconnected = sum((one) => one.disconnected);
    this.connected += sum((one) => one.connected) - disconnected;
    return {
      ...{ clients, openedSeconds, disconnected, connected: this.connected },
      sent: sum((one) => one.sent),
      received: sum((one) => one.received),
      errors: sum((one) => one.errors),
      delivery: merged(steady.map(({ delivery }) => delivery)),
      deliveryOnOpening: merged(opened.map(({ delivery }) => delivery)),
      connect: merged(counts.map(({ connect }) => connect)),
      serverShare: before && after && (after.cpuSeconds - before.cpuSeconds) / seconds,
      serverBytes: after?.residentBytes,
      clientsShare: Math.max(...steady.map(({ cpuSeconds }) => cpuSeconds)) / seconds,
      reasons: reasonsOf(counts),
    };
  }

  /** The part of those who are still missing that a worker brings. */
  private comers(worker: number, clients: number): Comers {
    const { perLayout, updatesPerSecond, workers } = this.options;
    const { url, key } = this.target;
    const layouts: string[] = [];
    for (let client = this.present; client < clients; client += 1) {
      if (client % workers === worker)
        layouts.push(this.target.layouts[Math.floor(client / perLayout)] ?? '');
    }
    return { url, key, layouts, updatesPerSecond };
  }

  private takeAll(): Promise<readonly Counts[]> {
    return Promise.all(this.workers.map((worker) => worker.ask<Counts>('take')));
  }

  private serverUse(): Promise<ServerUse | undefined> {
    return serverUse(apiOf(this.target.url, this.target.key));
  }
}

interface Step {
  readonly clients: number;
  readonly openedSeconds: number;
  readonly opened: readonly Counts[];
  readonly steady: readonly Counts[];
}

interface Use {
  readonly before: ServerUse | undefined;
  readonly after: ServerUse | undefined;
  readonly seconds: number;
}

function merged(all: readonly Buckets[]): Latencies {
  const latencies = new Latencies();
  for (const buckets of all) latencies.merge(buckets);
  return latencies;
}

function reasonsOf(counts: readonly Counts[]): Readonly<Record<string, number>> {
  const reasons = new Map<string, number>();
  for (const [why, times] of counts.flatMap((one) => Object.entries(one.reasons))) {
    reasons.set(why, (reasons.get(why) ?? 0) + times);
  }
  return Object.fromEntries(reasons);
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
}
