import type { Condition } from './condition.js';

/** How urgent an alert is. */
export type Severity = 'critical' | 'warning' | 'info';

/**
 * What becomes of a series without data. ok: it counts as well; keep: nothing changes; no-data: its state says so, and
 * an alert that fires goes on; fire: it counts as bad.
 */
export type MissingData = 'ok' | 'keep' | 'no-data' | 'fire';

/** What the state machine needs to know of a rule. */
export interface RulePolicy {
  /** It must be bad for so long before it fires. */
  readonly forMs: number;
  /** It must be well for so long before it is resolved. */
  readonly keepFiringMs: number;
  readonly missingData: MissingData;
}

/** What is watched. */
export interface AlertRule extends RulePolicy {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly origin: 'built-in' | 'user' | 'slo';
  readonly sloId: string | null;
  readonly condition: Condition;
  readonly severity: Severity;
  /** Added to those of the series; a series' own label wins. */
  readonly labels: Readonly<Record<string, string>>;
  /** What people read; null: made from the condition. */
  readonly summary: string | null;
  readonly runbookUrl: string | null;
  readonly isEnabled: boolean;
  readonly receiverIds: readonly string[];
  /** Rises with each change. */
  readonly version: number;
}
