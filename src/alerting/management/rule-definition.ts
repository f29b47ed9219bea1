import type {
  AnomalyCondition,
  CollectorSource,
  Condition,
  Operator,
  OwnSource,
  ThresholdCondition,
} from '../model/condition.js';
import type { AlertRule } from '../model/rule.js';
import { AlertingInputError, type AlertingIssue } from './errors.js';
import type { RuleInput } from './rule-input.js';
import { type RuleShape, shapeOf, strayFields } from './rule-shape.js';
import type { RuleDefinition } from './rule.repository.js';

const WINDOW_MS = 300_000;
const STEP_MS = 300_000;

/** What is not said of how a rule is told. */
const POLICY = {
  severity: 'warning',
  forMs: 0,
  keepFiringMs: 0,
  missingData: 'no-data',
  labels: {},
  summary: null,
  runbookUrl: null,
  isEnabled: true,
} as const;

/**
 * The rule that `input` asks for, with defaults for what it leaves out.
 * @throws AlertingInputError ALERTING_INPUT_INVALID when its fields do not fit together
 */
export function defineRule(input: RuleInput): RuleDefinition {
  const shape = shapeOf(input);
  const issues = [...strayIssues(input, shape), ...neededIssues(input, shape), ...levelIssues(input)];
  if (issues.length > 0) throw new AlertingInputError(issues);
  const { severity, forMs, keepFiringMs, missingData, labels, summary, runbookUrl, isEnabled } = {
    ...POLICY,
    ...withoutGaps(input),
  };
  return {
    name: input.name,
    condition: shape === 'anomaly' ? anomalyOf(input) : thresholdOf(input),
    ...{ severity, forMs, keepFiringMs, missingData, labels, summary, runbookUrl, isEnabled },
    receiverIds: input.receivers ?? [],
  };
}

/** The input that gives this rule again. Rules of SLOs have none. */
export function inputOf(rule: RuleDefinition): RuleInput {
  const { name, severity, forMs, keepFiringMs, missingData, labels, summary, runbookUrl, isEnabled } = rule;
  const policy = { name, severity, forMs, keepFiringMs, missingData, labels, summary, runbookUrl, isEnabled };
  return { ...policy, ...conditionInput(rule.condition), receivers: [...rule.receiverIds] };
}

/** Whether the rule watches the server itself. */
export function isOwn({ condition }: Pick<AlertRule, 'condition'>): boolean {
  return condition.kind === 'threshold' && condition.source.from === 'own';
}

function conditionInput(condition: Condition): Partial<RuleInput> {
  if (condition.kind === 'burn-rate') return {};
  const { kind, source, aggregation } = condition;
  const watched = { kind, ...sourceInput(source), aggregation };
  if (kind === 'anomaly') {
    const { stepMs, direction } = condition;
    return { ...watched, stepMs, direction };
  }
  const { windowMs, operator, threshold, clearThreshold } = condition;
  return { ...watched, windowMs, operator, value: threshold, clearValue: clearThreshold };
}

function sourceInput(source: CollectorSource | OwnSource): Partial<RuleInput> {
  if (source.from === 'own') return { signal: source.signal, signalLabels: source.labels };
  return { scraper: source.scraperSource, metric: source.metricType, measure: source.measure };
}

function thresholdOf(input: RuleInput): ThresholdCondition {
  const { signal, signalLabels = {}, operator = '>', value = 0 } = input;
  return {
    kind: 'threshold',
    source: signal === undefined ? eventsOf(input) : { from: 'own', signal, labels: signalLabels },
    aggregation: input.aggregation ?? (signal === undefined ? 'mean' : 'last'),
    windowMs: input.windowMs ?? WINDOW_MS,
    operator,
    threshold: value,
    clearThreshold: input.clearValue ?? null,
  };
}

function anomalyOf(input: RuleInput): AnomalyCondition {
  return {
    kind: 'anomaly',
    source: eventsOf(input),
    aggregation: input.aggregation ?? 'mean',
    stepMs: input.stepMs ?? STEP_MS,
    direction: input.direction ?? 'both',
  };
}

function eventsOf({ scraper = null, metric = null, measure = 'durationMs' }: RuleInput): CollectorSource {
  return { from: 'collector', scraperSource: scraper, metricType: metric, measure };
}

function strayIssues(input: RuleInput, shape: RuleShape): AlertingIssue[] {
  const other = {
    events: 'does not belong to a threshold for collector events',
    own: 'does not belong to a rule with a signal',
    anomaly: 'does not belong to a rule of kind anomaly',
  };
  return strayFields(input, shape).map((path) => ({ path, message: other[shape] }));
}

function neededIssues({ operator, value }: RuleInput, shape: RuleShape): AlertingIssue[] {
  if (shape === 'anomaly') return [];
  const needed = { operator, value };
  return Object.entries(needed)
    .filter(([, given]) => given === undefined)
    .map(([path]) => ({ path, message: 'is needed' }));
}

function levelIssues({
  measure,
  aggregation = 'mean',
  operator,
  value,
  clearValue,
}: RuleInput): AlertingIssue[] {
  const issues: AlertingIssue[] = [];
  if (measure === 'successRatio') {
    if (aggregation !== 'mean') {
      issues.push({ path: 'aggregation', message: 'of successRatio can only be mean' });
    }
    for (const [path, level] of Object.entries({ value, clearValue })) {
      if (typeof level === 'number' && (level < 0 || level > 1)) {
        issues.push({ path, message: 'of successRatio must be between 0 and 1' });
      }
    }
  }
  const problem = clearProblem(operator, value, clearValue ?? null);
  if (problem !== undefined) issues.push({ path: 'clearValue', message: problem });
  return issues;
}

function clearProblem(
  operator: Operator | undefined,
  value: number | undefined,
  clearValue: number | null,
): string | undefined {
  if (operator === undefined || value === undefined || clearValue === null) return undefined;
  if (operator === '=' || operator === '!=') return `makes no sense with the operator ${operator}`;
  const isAbove = operator.startsWith('>');
  if (isAbove ? clearValue <= value : clearValue >= value) return undefined;
  return `must be ${isAbove ? 'at most' : 'at least'} value (${value}): the rule is bad ${isAbove ? 'above' : 'below'} it`;
}

/** Without fields that are there and undefined: these would hide defaults. */
function withoutGaps(input: RuleInput): { [Name in keyof RuleInput]: Exclude<RuleInput[Name], undefined> } {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as never;
}
