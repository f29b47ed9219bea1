import type { AlertSnapshot } from '../model/alert.js';
import type { AlertRule } from '../model/rule.js';
import type { Decision } from './decide.js';
import { summaryOf } from './wording.js';

/** The alert as it is from now on, for history and notifications. */
export function snapshotOf(
  { rule, fingerprint, labels, before, next, value, predictedAt, detail }: Decision,
  at: Date,
  runbookUrl: string | null,
): AlertSnapshot {
  const hasEnded = next.startsAt === null && before !== undefined && before.startsAt !== null;
  return {
    tenantId: rule.tenantId,
    ruleId: rule.id,
    ruleName: rule.name,
    fingerprint,
    state: next.state,
    severity: rule.severity,
    labels: labelsOf(rule, labels),
    summary: summaryOf(rule),
    detail,
    value,
    startsAt: (hasEnded ? before.startsAt : next.startsAt)?.toISOString() ?? null,
    endsAt: hasEnded ? at.toISOString() : null,
    predictedAt: predictedAt?.toISOString() ?? null,
    runbookUrl,
  };
}

/** A series' own label wins over the rule's, and neither can pretend to be another rule. */
function labelsOf(rule: AlertRule, series: Readonly<Record<string, string>>): Record<string, string> {
  return { ...rule.labels, ...series, alertname: rule.name, severity: rule.severity };
}
