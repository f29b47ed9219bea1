import type { FindingRule } from './finding.js';

const OFF_BY = 10;
const FAR_OFF_BY = 100;
/** Of so few rows a wrong guess leads to no wrong plan. */
const FEW_ROWS = 100;

/** The planner guessed ten times too many or too few rows: what it chose above may be wrong. */
export const rowEstimate: FindingRule = (node, { parents }) => {
  const { planned, actual } = node.rows;
  if (actual === null || node.actual === null || node.actual.loops === 0) return undefined;
  if (Math.max(planned, actual) * node.actual.loops < FEW_ROWS) return undefined;
  // A LIMIT above stops it early: fewer rows than guessed are no wrong guess.
  const isStopped = actual < planned && parents.some(({ type }) => type === 'Limit');
  const factor = factorOf(planned, actual);
  // A wrong guess travels up: it is told where it begins.
  const isInherited = node.children.some(
    ({ rows }) => rows.actual !== null && factorOf(rows.planned, rows.actual) >= OFF_BY,
  );
  if (factor < OFF_BY || isStopped || isInherited) return undefined;
  return {
    kind: 'row-estimate',
    severity: factor >= FAR_OFF_BY ? 'critical' : 'warning',
    isMeasured: true,
    figures: {
      plannedRows: planned,
      actualRows: actual,
      factor: Math.round(factor * 10) / 10,
      loops: node.actual.loops,
    },
    advice: adviceFor(node.relation),
  };
};

function adviceFor(relation: string | null): string {
  return relation === null
    ? 'The planner does not know how these values go together. Extended statistics (CREATE STATISTICS) on columns that depend on each other, or a simpler condition, would tell it.'
    : `Run ANALYZE ${relation}; when that does not help, raise the statistics target of the columns in the condition, or CREATE STATISTICS on those that depend on each other.`;
}

/** How many times too many or too few; below one row there is nothing to compare. */
function factorOf(planned: number, actual: number): number {
  const [low, high] = [Math.min(planned, actual), Math.max(planned, actual)];
  return Math.max(high, 1) / Math.max(low, 1);
}
