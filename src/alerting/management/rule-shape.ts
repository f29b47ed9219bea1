import type { RuleInput, RulePatch } from './rule-input.js';

const EVENTS = ['scraper', 'metric', 'measure'] as const;
const COMPARISON = ['windowMs', 'operator', 'value', 'clearValue'] as const;

/** What each shape of a condition is made of. */
const FIELDS = {
  events: ['kind', 'aggregation', ...EVENTS, ...COMPARISON],
  own: ['kind', 'aggregation', 'signal', 'signalLabels', ...COMPARISON],
  anomaly: ['kind', 'aggregation', ...EVENTS, 'stepMs', 'direction'],
} as const satisfies Record<string, readonly (keyof RuleInput)[]>;

/** events: a threshold for collector events; own: one for the server itself; anomaly: events that are not as usual. */
export type RuleShape = keyof typeof FIELDS;

const CONDITION_FIELDS: ReadonlySet<string> = new Set(Object.values(FIELDS).flat());

/** The shape that `input` asks for. */
export function shapeOf({ kind, signal }: RulePatch): RuleShape {
  if (kind === 'anomaly') return 'anomaly';
  return signal === undefined ? 'events' : 'own';
}

/** Fields of `input` that conditions of the shape do not have. */
export function strayFields(input: RulePatch, shape: RuleShape): string[] {
  const own: readonly string[] = FIELDS[shape];
  return Object.entries(input)
    .filter(([name, value]) => value !== undefined && CONDITION_FIELDS.has(name) && !own.includes(name))
    .map(([name]) => name);
}

/** `input` with the changes of `patch`; what the shape that is asked for does not have is left behind. */
export function patched(input: RuleInput, patch: Omit<RulePatch, 'version'>): RuleInput {
  const namesEvents = EVENTS.some((name) => patch[name] !== undefined);
  const { signal, ...rest } = input;
  const base: RuleInput = signal === undefined || namesEvents ? rest : input;
  const changes = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
  const merged: RuleInput = { ...base, ...changes };
  const left = new Set(strayFields(base, shapeOf(merged)).filter((name) => !Object.hasOwn(changes, name)));
  return Object.fromEntries(Object.entries(merged).filter(([name]) => !left.has(name))) as RuleInput;
}
