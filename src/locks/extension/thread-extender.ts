import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Clock, Timer } from '../../kernel/clock.js';
import type { Logger } from '../../platform/logging/index.js';
import type { Claim } from '../claim.js';
import type { LockCounters } from '../monitoring/lock-statistics.js';
import type { ExtensionTarget } from '../stores/lock-store.js';
import type { Extender } from './extender.js';
import { LAYOUT, LockTable } from './lock-table.js';
import type { ExtensionNews, ExtensionOrder, ExtensionServers, TablePage } from './messages.js';

/** Plain JavaScript: a thread does not share the loader that may translate the application. */
const THREAD = new URL('extension-thread.mjs', import.meta.url);
const RESTART_AFTER_MS = 1_000;
const READY_WITHIN_MS = 3_000;

/** What ThreadExtender is made of. */
export interface ThreadExtenderParts {
  readonly servers: ExtensionServers;
  readonly commandTimeoutMs: number;
  readonly blockedMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counters: LockCounters;
}

/**
 * Prolongs locks from a thread with connections of its own, so that a blocked event loop does not lose them; but
 * only while the loop has turned within `blockedMs`: a process that hangs must not keep its locks for ever.
 */
export class ThreadExtender implements Extender {
  private readonly heartbeat = new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT));
  private readonly table = new LockTable((page) => this.port?.postMessage({ page } satisfies TablePage));
  private readonly onExtensions: ((claimId: string, validUntilMs: number) => void)[] = [];
  private readonly onLosses: ((claimId: string) => void)[] = [];
  private worker: Worker | undefined;
  private port: MessagePort | undefined;
  private restart: Timer | undefined;
  private onReady: (() => void) | undefined;

  constructor(private readonly parts: ThreadExtenderParts) {}

  async start(): Promise<void> {
    const ready = new AbortController();
    this.onReady = () => ready.abort();
    this.begin();
    await this.parts.clock.sleep(READY_WITHIN_MS, ready.signal);
  }

  private begin(): void {
    const { servers, commandTimeoutMs, blockedMs, clock } = this.parts;
    this.beat();
    const offsetMs = Number(process.hrtime.bigint()) / 1e6 - clock.monotonic();
    const { port1, port2 } = new MessageChannel();
    const heartbeat = this.heartbeat.buffer;
    const table = { layout: LAYOUT, pages: [...this.table.buffers] };
    const order: ExtensionOrder = { servers, commandTimeoutMs, blockedMs, offsetMs, heartbeat, ...table };
    const workerData = { ...order, port: port2 };
    const worker = new Worker(THREAD, { workerData, transferList: [port2], execArgv: [] });
    worker.unref();
    port1.unref();
    port1.on('message', (news: ExtensionNews) => this.hear(news));
    // Listening keeps the process alive otherwise.
    port1.unref();
    worker.on('error', (error) => {
      this.parts.logger.error('The thread that prolongs locks failed; another one is started', {
        err: error,
      });
    });
    worker.on('exit', () => this.replace(worker));
    this.worker = worker;
    this.port = port1;
  }

  async stop(): Promise<void> {
    this.restart?.cancel();
    const { worker } = this;
    this.worker = undefined;
    this.port?.close();
    await worker?.terminate();
  }

  watch({ id, ttlMs }: Claim, target: ExtensionTarget, validUntilMs: number): void {
    this.beat();
    this.table.put(id, ttlMs, target, validUntilMs);
  }

  forget(claimId: string): void {
    this.table.remove(claimId);
  }

  beat(): void {
    this.heartbeat[0] = this.parts.clock.monotonic();
  }

  refresh(): void {
    const { port } = this;
    if (port === undefined) return;
    for (;;) {
      const next = receiveMessageOnPort(port) as { message: ExtensionNews } | undefined;
      if (next === undefined) return;
      this.hear(next.message);
    }
  }

  onExtended(listener: (claimId: string, validUntilMs: number) => void): void {
    this.onExtensions.push(listener);
  }

  onLost(listener: (claimId: string) => void): void {
    this.onLosses.push(listener);
  }

  private hear(news: ExtensionNews): void {
    if (news.kind === 'ready') return this.onReady?.();
    if (news.kind === 'failed') {
      this.parts.counters.extensionFailures += 1;
      this.parts.logger.warn('A lock could not be prolonged; it is tried again', { reason: news.reason });
      return;
    }
    if (news.kind === 'lost') {
      for (const listener of this.onLosses) listener(news.id);
      return;
    }
    this.table.prolong(news.id, news.validUntilMs);
    for (const listener of this.onExtensions) listener(news.id, news.validUntilMs);
  }

  private replace(ended: Worker): void {
    if (this.worker !== ended) return;
    this.parts.counters.extensionFailures += 1;
    this.worker = undefined;
    this.port?.close();
    this.port = undefined;
    this.restart = this.parts.clock.after(RESTART_AFTER_MS, () => this.begin());
  }
}
