import { createHash } from 'node:crypto';

type Labels = Readonly<Record<string, string>>;

/** In `groupBy`: each alert is a group of its own. */
export const EVERY_LABEL = '...';

/** Longer ones would not fit into an index of the database. */
const MAX_KEY_CHARACTERS = 500;

/** The labels that an alert's group has in common. */
export function groupLabels(labels: Labels, groupBy: readonly string[]): Labels {
  const names = groupBy.includes(EVERY_LABEL) ? Object.keys(labels) : groupBy;
  const own = [...new Set(names)].filter((name) => Object.hasOwn(labels, name)).sort();
  return Object.fromEntries(own.map((name) => [name, labels[name] ?? '']));
}

/** Names a group in the form of Prometheus: `{alertname="slow",severity="critical"}`. */
export function groupKey(labels: Labels, groupBy: readonly string[]): string {
  const pairs = Object.entries(groupLabels(labels, groupBy)).map(
    ([name, value]) => `${name}=${JSON.stringify(value)}`,
  );
  const key = `{${pairs.join(',')}}`;
  if (key.length <= MAX_KEY_CHARACTERS) return key;
  return `{sha256="${createHash('sha256').update(key).digest('hex')}"}`;
}
