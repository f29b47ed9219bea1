import { Injectable } from '@nestjs/common';
import { Ids } from '../kernel/ids.js';
import type { HealthReport, Verdict } from './health/health-report.js';
import { PerformanceHealth } from './health/performance-health.js';
import { History, type HistoryQuestion, type HistoryReport } from './history/history.js';
import { Installation, type InstallationSummary } from './history/installation.js';
import type { Sample, Summary } from './sampling/sample.js';
import { Sampler } from './sampling/sampler.js';

/** This instance in a few numbers. */
export interface PerformanceSummary {
  readonly at: Date;
  readonly instanceId: string;
  readonly overall: Verdict;
  readonly components: Readonly<Record<string, Verdict>>;
  readonly issues: number;
  readonly warnings: number;
  /** As of the last second; null where there is no value. */
  readonly now: Readonly<Record<string, number | null>>;
  /** The last five minutes: mean, least, greatest, samples. */
  readonly recent: Readonly<Record<string, Summary>>;
  /** All instances together, this one included. */
  readonly installation: InstallationSummary;
}

type SummarySources = readonly [
  health: HealthReport,
  sample: Sample | undefined,
  installation: InstallationSummary,
];

/** How this instance is doing and did, for people. */
@Injectable()
export class PerformanceService {
  private kept: { readonly sources: SummarySources; readonly summary: PerformanceSummary } | undefined;

  constructor(
    private readonly judge: PerformanceHealth,
    private readonly sampler: Sampler,
    private readonly past: History,
    private readonly installation: Installation,
    private readonly ids: Ids,
  ) {}

  /** Every component judged, as of the last second; the same object until it is judged anew. Touches no network. */
  health(): HealthReport {
    return this.judge.report();
  }

  /** The same in short, with the figures of the last minutes; the same object until one of them changes. */
  summary(): PerformanceSummary {
    const sources = [this.health(), this.sampler.latest(), this.installation.latest()] as const;
    if (this.kept === undefined || this.kept.sources.some((source, index) => source !== sources[index])) {
      this.kept = { sources, summary: this.summarize(...sources) };
    }
    return this.kept.summary;
  }

  /** The sample of the last second, if there is one, and each one from now on, until what this answers is called. */
  watch(listener: (sample: Sample) => void): () => void {
    const latest = this.sampler.latest();
    if (latest !== undefined) listener(latest);
    return this.sampler.watch(listener);
  }

  /** What was noted every minute. Two statements. @throws DatabaseUnavailableError DATABASE_UNAVAILABLE */
  history(question: HistoryQuestion): Promise<HistoryReport> {
    return this.past.report(question);
  }

  private summarize(...[health, sample, installation]: SummarySources): PerformanceSummary {
    const { at, overall, components, issues, warnings } = health;
    const verdicts = Object.entries(components).map(([name, { healthy, score, status }]) => {
      return [name, { healthy, score, status }] as const;
    });
    return {
      at,
      instanceId: this.ids.instanceId,
      overall,
      components: Object.fromEntries(verdicts),
      issues: issues.length,
      warnings: warnings.length,
      now: sample?.values ?? {},
      recent: this.sampler.recent(),
      installation,
    };
  }
}
