import { type FindingRule, rowsOf } from './finding.js';

/** So many executions of the inner side are better done as one hash or merge. */
const MANY_LOOPS = 10_000;
const VERY_MANY_LOOPS = 1_000_000;

/** The inner side of a nested loop is done once for each of many rows. */
export const nestedLoop: FindingRule = (node) => {
  if (node.type !== 'Nested Loop') return undefined;
  const [outer, inner] = node.children;
  if (outer === undefined || inner === undefined) return undefined;
  const loops = inner.actual?.loops ?? rowsOf(outer);
  const rowsEach = rowsOf(inner);
  // A materialised or remembered inner side costs little, unless it gives many rows each time.
  const work = loops * Math.max(1, rowsEach);
  if (loops < MANY_LOOPS && work < MANY_LOOPS * 100) return undefined;
  if (loops < 2) return undefined;
  return {
    kind: 'nested-loop',
    severity: work >= VERY_MANY_LOOPS ? 'critical' : 'warning',
    isMeasured: node.actual !== null,
    figures: { outerRows: rowsOf(outer), loops, innerRowsEach: rowsEach, costShare: node.cost.share },
    advice:
      'The inner side is done once for each row of the outer one. If the outer side has more rows than the planner guessed, correct the guess; else an index on the column of the join makes each round cheap, and an equality as join condition lets it hash.',
  };
};
