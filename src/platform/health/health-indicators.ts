import { Injectable } from '@nestjs/common';

/** How bad a value is: nothing at `good`, everything at `bad`. `bad` may lie below `good`. */
export interface Knots {
  readonly good: number;
  readonly bad: number;
  /** Points that the component loses at `bad`, of 100. */
  readonly weight: number;
  /** log: equal ratios weigh the same, for latencies; both knots are positive then. */
  readonly scale: 'linear' | 'log';
  /** Nothing of the component works without it: at `bad` its score is 0. */
  readonly isVital?: boolean;
}

/**
 * What an indicator says now. no-data: there should be a value, and there is none (the source failed, is stale, or gave
 * nonsense). insufficient: nothing has happened yet that could be judged. not-configured: there is no such thing here.
 */
export type Reading =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'no-data'; readonly reason: string }
  | { readonly kind: 'insufficient' }
  | { readonly kind: 'not-configured' };

/** Something of which a module can say how well it is. */
export interface HealthIndicator {
  /** Part of the system it is judged with. */
  readonly component: 'database' | 'cache' | 'application' | 'locks' | 'batch' | 'gateway';
  /** kebab-case, unique within the component. */
  readonly name: string;
  /** What the value is, as the subject of a sentence. */
  readonly title: string;
  /** ratio: 0 to 1. */
  readonly unit: 'ratio' | 'ms' | 'count';
  readonly knots: Knots;
  /** Where there is no more of it (a pool is used up at 1), if that is not where it is fully bad. */
  readonly limit?: number;
  /** What to do when it is bad. */
  readonly advice: string;
  /** Page of docs that says more. */
  readonly runbook: string;
  /** The value of this moment; must be quick and touch no network. */
  readonly read: () => Reading;
}

/** Sees so many cases as good ones before the first real one: few cases say little. */
const PRIOR_CASES = 20;

/** A share of cases, drawn towards `good` while there are few of them. */
export function shareReading(part: number, whole: number, good: number): Reading {
  if (!Number.isFinite(part) || !Number.isFinite(whole)) return { kind: 'no-data', reason: 'not a number' };
  if (whole <= 0) return { kind: 'insufficient' };
  return { kind: 'value', value: (part + PRIOR_CASES * good) / (whole + PRIOR_CASES) };
}

/** What modules say about their part. */
@Injectable()
export class HealthIndicators {
  private readonly indicators: HealthIndicator[] = [];

  /** Adds indicators, judged from now on. */
  register(...indicators: readonly HealthIndicator[]): void {
    this.indicators.push(...indicators);
  }

  /** All of them, in the order of their registration. */
  all(): readonly HealthIndicator[] {
    return this.indicators;
  }
}
