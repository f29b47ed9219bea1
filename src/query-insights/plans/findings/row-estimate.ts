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
  const factor =
    Math.max(planned, 1) > Math.max(actual, 1)
      ? Math.max(planned, 1) / Math.max(actual, 1)
      : Math.max(actual, 1) / Math.max(planned, 1);
  // A wrong guess travels up: it is told where it begins.
  const isInherited = node.children.some((child) => isOff(child.rows.planned, child.rows.actual));
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
    advice:
      node.relation === null
        ? 'The planner does not know how these values go together. Extended statistics (CREATE STATISTICS) on columns that depend on each other, or a simpler condition, would tell it.'
        : `Run ANALYZE ${node.relation}; when that does not help, raise the statistics target of the columns in the condition, or CREATE STATISTICS on those that depend on each other.`,
  };
};

function isOff(planned: number, actual: number | null): boolean {
  if (actual === null) return false;
  const [low, high] = [Math.min(planned, actual), Math.max(planned, actual)];
  return Math.max(high, 1) / Math.max(low, 1) >= OFF_BY;
}
