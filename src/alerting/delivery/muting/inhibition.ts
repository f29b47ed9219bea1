import type { AlertSnapshot } from '../../model/alert.js';

type Labels = Readonly<Record<string, string>>;

/** On an alert: components whose other alerts follow from it, separated by commas; `*`: all of them. */
export const INHIBITS = 'inhibits';
/** On an alert: the component it is about. */
const COMPONENT = 'component';
/** They say what an alert is, and not where. */
const OWN_LABELS = new Set(['alertname', 'severity', COMPONENT, INHIBITS]);

/** An alert that fires and mutes what follows from it. */
export interface Inhibitor {
  readonly fingerprint: string;
  readonly labels: Labels;
}

/**
 * Whether `alert` follows from one of `inhibitors`: its component is among theirs, and the labels that both have (such
 * as the instance) are equal. What inhibits by itself is never muted, so that two cannot mute each other.
 */
export function isInhibited(
  { fingerprint, labels }: Pick<AlertSnapshot, 'fingerprint' | 'labels'>,
  inhibitors: readonly Inhibitor[],
): boolean {
  if (INHIBITS in labels) return false;
  return inhibitors.some(
    (cause) =>
      cause.fingerprint !== fingerprint && covers(cause.labels, labels) && agree(cause.labels, labels),
  );
}

function covers({ [INHIBITS]: list = '' }: Labels, { [COMPONENT]: component = '' }: Labels): boolean {
  const components = list.split(',').map((name) => name.trim());
  return components.includes('*') || (component !== '' && components.includes(component));
}

function agree(cause: Labels, labels: Labels): boolean {
  return Object.entries(cause).every(
    ([name, value]) => OWN_LABELS.has(name) || !(name in labels) || labels[name] === value,
  );
}
