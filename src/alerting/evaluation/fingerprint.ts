import { createHash } from 'node:crypto';

const LENGTH = 16;

/** Names the alert of one series of one rule: labels and severity of the rule may change without making another one. */
export function fingerprintOf(ruleId: string, labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([ruleId, sorted]))
    .digest('hex')
    .slice(0, LENGTH);
}
