import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, type Timer } from '../../kernel/clock.js';
import { Logger } from '../../platform/logging/index.js';
import { ProcessVitals } from '../../platform/telemetry/index.js';
import type { HealthReport } from '../health/health-report.js';
import { PerformanceHealth } from '../health/performance-health.js';
import { Minute } from './minute.js';
import { RecentWindow } from './recent-window.js';
import type { Point, Sample, Summary } from './sample.js';

const EVERY_MS = 1_000;
const MINUTE_MS = 60_000;
/** Minutes that wait for a database that is away. */
const KEPT_POINTS = 120;

/** Notes once a second how this instance is doing, and adds the seconds up to minutes. */
@Injectable()
export class Sampler implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly window = new RecentWindow();
  private sampled: Sample | undefined;
  private readonly listeners = new Set<(sample: Sample) => void>();
  private finished: Point[] = [];
  private minute: Minute | undefined;
  private minuteNumber = NaN;
  private timer: Timer | undefined;
  private cpu = process.cpuUsage();
  private cpuAtMs: number;
  private collectedMs = 0;

  constructor(
    private readonly health: PerformanceHealth,
    private readonly vitals: ProcessVitals,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.cpuAtMs = clock.monotonic();
  }

  onApplicationBootstrap(): void {
    this.tick();
  }

  onApplicationShutdown(): void {
    this.timer?.cancel();
  }

  /** What was noted last; undefined before the first time. */
  latest(): Sample | undefined {
    return this.sampled;
  }

  /** The last five minutes, by series; the same object until the next sample. */
  recent(): Readonly<Record<string, Summary>> {
    return this.window.series();
  }

  /** Calls `listener` with each sample, until what this answers is called. */
  watch(listener: (sample: Sample) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Minutes that have ended, oldest first. They are kept until they are forgotten, two hours at most. */
  ended(): readonly Point[] {
    // A copy: a minute that ends while these are stored must not be forgotten with them.
    return [...this.finished];
  }

  /** These were stored. */
  forget(points: readonly Point[]): void {
    this.finished = this.finished.filter((point) => !points.includes(point));
  }

  private tick(): void {
    try {
      this.note(this.sample());
    } catch (error) {
      this.logger.error('The state of this instance could not be noted', { err: error });
    }
    this.timer = this.clock.after(EVERY_MS, () => this.tick());
  }

  private note(sample: Sample): void {
    this.sampled = sample;
    this.window.add(sample);
    const number = Math.floor(sample.at.getTime() / MINUTE_MS);
    if (number !== this.minuteNumber) {
      if (this.minute !== undefined) this.finished.push(this.minute.point());
      if (this.finished.length > KEPT_POINTS) this.finished.shift();
      this.minute = new Minute(new Date(number * MINUTE_MS));
      this.minuteNumber = number;
    }
    this.minute?.add(sample);
    for (const listener of this.listeners) listener(sample);
  }

  private sample(): Sample {
    const report = this.health.judge();
    return { at: report.at, values: { ...scoresOf(report), ...indicatorsOf(report), ...this.process() } };
  }

  private process(): Record<string, number> {
    const used = process.cpuUsage(this.cpu);
    const now = this.clock.monotonic();
    const elapsedMs = Math.max(1, now - this.cpuAtMs);
    const collectedMs = this.vitals.collectedMs - this.collectedMs;
    [this.cpu, this.cpuAtMs, this.collectedMs] = [process.cpuUsage(), now, this.vitals.collectedMs];
    return {
      'process.cpuShare': (used.user + used.system) / 1_000 / elapsedMs,
      'process.gcShare': collectedMs / elapsedMs,
      'process.rssBytes': process.memoryUsage.rss(),
      'process.heapUsedBytes': this.vitals.heap().usedBytes,
      'process.loopLagMaxMs': this.vitals.lag.report().maxMs,
    };
  }
}

function scoresOf({ overall, components }: HealthReport): Record<string, number> {
  const scores = Object.entries(components).map(([name, { score }]) => [`${name}.score`, score] as const);
  return { 'overall.score': overall.score, ...Object.fromEntries(scores) };
}

function indicatorsOf({ components }: HealthReport): Record<string, number | null> {
  const values = Object.entries(components).flatMap(([component, { indicators }]) =>
    indicators.map(({ indicator, value }) => [`${component}.${indicator}`, value] as const),
  );
  return Object.fromEntries(values);
}
