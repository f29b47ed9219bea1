import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { Clock, type Timer } from '../../kernel/clock.js';
import { type LagReport, LoopLag } from './loop-lag.js';

const EVERY_MS = 1_000;
const KEPT = 60;
/** The first rounds of all jobs, and code that is compiled for the first time, still belong to the start. */
const SETTLED_AFTER_MS = 5_000;
/** A hundredth of less than this is so little that a single short block is the p99. */
const LEAST_WINDOW_MS = 10_000;

/** How the process itself is doing: memory, and the event loop over the last minute. Asking changes nothing. */
@Injectable()
export class ProcessVitals implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  /** How long work waits for the event loop. */
  readonly lag: LoopLag;
  /** Milliseconds spent in garbage collection since the start. */
  collectedMs = 0;
  private readonly utilizations: EventLoopUtilization[] = [];
  private timer: Timer | undefined;
  /** When the start was over. */
  private settledAtMs = Infinity;

  constructor(private readonly clock: Clock) {
    this.lag = new LoopLag(clock);
  }

  onModuleInit(): void {
    this.lag.start();
    this.note();
  }

  onApplicationBootstrap(): void {
    this.settledAtMs = this.clock.monotonic() + SETTLED_AFTER_MS;
  }

  onApplicationShutdown(): void {
    this.lag.stop();
    this.timer?.cancel();
  }

  /**
   * The lag by which the instance is judged: without the start, which blocks the loop for a second or more and is no
   * sign of how the instance serves. Undefined until there is enough of it.
   */
  servingLag(): LagReport | undefined {
    if (this.clock.monotonic() < this.settledAtMs) return undefined;
    const report = this.lag.report(this.settledAtMs);
    return report.windowMs < LEAST_WINDOW_MS ? undefined : report;
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
