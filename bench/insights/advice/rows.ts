import { median } from '../../support/measure.js';
import type { BenchRow } from '../../support/report.js';
import type { Arm, ArmResult } from './arms.js';

type Results = ReadonlyMap<Arm, ArmResult>;

const ORACLE = 'brute force over b-trees of up to three columns, one or two at once';

/** The figures with their goals. @param pretended absent where there is no server with hypopg */
export function rowsOf(built: Results, pretended: Results | undefined): BenchRow[] {
  return [
    ...armRows('advice-model-built', built.get('model'), 0.85),
    ...armRows('advice-model', pretended?.get('model'), 0.85),
    ...armRows('advice-hypopg', pretended?.get('hypopg'), 0.9),
    ...controlRows((pretended ?? built).get('first-column')),
  ];
}

function armRows(id: string, result: ArmResult | undefined, goal: number): BenchRow[] {
  if (result === undefined) return [];
  const { statements, within, unneeded, needless, times, mostCalls, invalid } = result;
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  return [
    {
      id,
      ratio: share(within, statements),
      against: ORACLE,
      goal,
      want: 'at least',
      figures: { statements, within, 'within times': 1.25 },
    },
    {
      id: `${id}-needless`,
      ratio: share(needless, unneeded),
      against: 'statements that no index makes 1.25 times as cheap',
      goal: 0.05,
      want: 'at most',
      figures: { unneeded, needless },
    },
    {
      id: `${id}-ms`,
      ratio: median(times),
      against: 'ms a statement, median, catalog read anew',
      goal: 25,
      want: 'at most',
    },
    {
      id: `${id}-calls`,
      ratio: mostCalls,
      against: 'planner calls a statement, most',
      goal: 15,
      want: 'at most',
    },
    {
      id: `${id}-invalid`,
      ratio: invalid,
      against: 'suggestions that PostgreSQL refuses',
      goal: 0,
      want: 'at most',
    },
  ];
}

/** An advisor that looks at nothing must fail, or the oracle is worth nothing. */
function controlRows(result: ArmResult | undefined): BenchRow[] {
  if (result === undefined) return [];
  const { statements, within } = result;
  return [
    {
      id: 'advice-control-first-column',
      ratio: within / statements,
      against: ORACLE,
      goal: 0.6,
      want: 'at most',
      figures: { statements, within },
    },
  ];
}
