import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock, type Timer } from '../../kernel/clock.js';
import { LoopLag } from './loop-lag.js';

const EVERY_MS = 1_000;
const KEPT = 60;

/** How the process itself is doing: memory, and the event loop over the last minute. Asking changes nothing. */
@Injectable()
export class ProcessVitals implements OnModuleInit, OnApplicationShutdown {
  /** How long work waits for the event loop. */
  readonly lag: LoopLag;
  /** Milliseconds spent in garbage collection since the start. */
  collectedMs = 0;
  private readonly utilizations: EventLoopUtilization[] = [];
  private timer: Timer | undefined;

  constructor(private readonly clock: Clock) {
    this.lag = new LoopLag(clock);
  }

  onModuleInit(): void {
    this.lag.start();
    this.note();
  }

  onApplicationShutdown(): void {
    this.lag.stop();
    this.timer?.cancel();
  }

  /** Share of the last minute in which the event loop was busy, 0 to 1. */
  utilization(): number {
    const [oldest] = this.utilizations;
    return performance.eventLoopUtilization(performance.eventLoopUtilization(), oldest).utilization;
  }

  /** The JavaScript heap, and the size at which the process ends. */
  heap(): { readonly usedBytes: number; readonly limitBytes: number } {
    const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics();
    return { usedBytes, limitBytes };
  }

  private note(): void {
    this.utilizations.push(performance.eventLoopUtilization());
    if (this.utilizations.length > KEPT) this.utilizations.shift();
    this.timer = this.clock.after(EVERY_MS, () => this.note());
  }
}
