import { isDeepStrictEqual } from 'node:util';
import {
  apply,
  type Board,
  type Expected,
  expectedOf,
  faultOf,
  type LayoutWish,
  type LoggedOperation,
  type ModelGrid,
  type ModelRegion,
  type Moment,
} from './layout-model.js';

/** What an editor asked for, and what it heard. */
export interface Attempt {
  readonly actor: string;
  readonly wish: LayoutWish;
  /** Number of an operation that was done before it was asked for. */
  readonly from: number;
  /** Number of the latest operation that can have been done when the answer came. */
  readonly until: number;
  /** `number` of the operation, or of the latest one when there was nothing to do; the code of a refusal. */
  readonly answer: { readonly number: number } | { readonly code: string };
}

/** All there is to know of one layout. */
export interface LayoutEvidence {
  readonly grid: ModelGrid;
  readonly operations: readonly LoggedOperation[];
  /** As they are in the table at the end. */
  readonly regions: readonly (ModelRegion & { readonly id: string; readonly version: number })[];
  readonly attempts: readonly Attempt[];
}

/** What is wrong with it: all of them 0 is what was promised. */
export interface LayoutVerdict {
  /** Numbers that are missing, or out of order. */
  readonly gaps: number;
  /** Operations after which regions overlap, or lie outside. */
  readonly unsound: number;
  /** Operations that started from a state that was not there: somebody's change is overwritten. */
  readonly torn: number;
  /** Answers that the log does not have, or has otherwise than was asked for. */
  readonly lost: number;
  /** Operations that nobody was told of. */
  readonly invented: number;
  /** Refusals for a reason that did not hold at any moment of the attempt. */
  readonly wronglyRefused: number;
  /** Whether the table is not what the log leads to. */
  readonly isTableOther: boolean;
  readonly examples: readonly string[];
}

const MOST_EXAMPLES = 5;
const NOTHING: Board = new Map();

/**
 * Looks for an order of everything that was asked for in which each got the right answer. The log claims to be that
 * order: so it is replayed, and each answer is held against the moments at which it can have been given.
 */
export function judgeLayout({ grid, operations, regions, attempts }: LayoutEvidence): LayoutVerdict {
  const complaints = new Complaints();
  const moments = replay(grid, operations, complaints);
  const claimed = new Set<number>();
  const latestOf = new Map<string, number>();
  // Nobody asks for two things at once: a number of one's own that is not new, or of somebody else, is no operation.
  const isOperation = (actor: string, number: number): boolean =>
    number > operations.length ||
    (operations[number - 1]?.actor === actor && number > (latestOf.get(actor) ?? 0));
  for (const attempt of attempts) {
    const { actor, answer } = attempt;
    if ('code' in answer) judgeRefusal(grid, moments, attempt, complaints);
    else if (isOperation(actor, answer.number)) {
      latestOf.set(actor, answer.number);
      judgeChange(grid, { moments, operations, claimed }, { ...attempt, ...answer }, complaints);
    } else judgeNoChange(grid, moments, attempt, complaints);
  }
  const invented = operations.filter(({ number }) => !claimed.has(number));
  for (const { number } of invented) complaints.add('invented', `operation ${number}`);
  return {
    ...complaints.counts,
    isTableOther: !isSame(moments.at(-1)?.board, regions),
    examples: complaints.examples,
  };
}

type Complaint = 'gaps' | 'unsound' | 'torn' | 'lost' | 'invented' | 'wronglyRefused';

class Complaints {
  readonly counts: Record<Complaint, number> = {
    gaps: 0,
    unsound: 0,
    torn: 0,
    lost: 0,
    invented: 0,
    wronglyRefused: 0,
  };
  readonly examples: string[] = [];

  add(what: Complaint, example: string): void {
    this.counts[what] += 1;
    if (this.examples.length < MOST_EXAMPLES) this.examples.push(`${what}: ${example}`);
  }
}

/** The moments of the layout: number n is what operation n left. */
function replay(grid: ModelGrid, operations: readonly LoggedOperation[], complaints: Complaints): Moment[] {
  const moments: Moment[] = [{ board: NOTHING, operations: [] }];
  for (const [index, operation] of operations.entries()) {
    const board = moments.at(-1)?.board ?? NOTHING;
    if (operation.number !== index + 1) complaints.add('gaps', `${operation.number} in place ${index + 1}`);
    const isTorn = operation.changes.some(
      ({ regionId, before }) => !isDeepStrictEqual(board.get(regionId)?.region ?? null, before),
    );
    if (isTorn) complaints.add('torn', JSON.stringify(operation));
    const next = apply(board, operation.changes, operation.number);
    const fault = faultOf(grid, next);
    if (fault !== undefined) complaints.add('unsound', `${fault} after operation ${operation.number}`);
    moments.push({ board: next, operations: operations.slice(0, index + 1) });
  }
  return moments;
}

function judgeChange(
  grid: ModelGrid,
  log: {
    readonly moments: readonly Moment[];
    readonly operations: readonly LoggedOperation[];
    readonly claimed: Set<number>;
  },
  { actor, wish, from, until, number }: Attempt & { readonly number: number },
  complaints: Complaints,
): void {
  const operation = log.operations[number - 1];
  const moment = log.moments[number - 1];
  const lost = (why: string): void => {
    complaints.add('lost', `${why}: ${JSON.stringify({ actor, wish, number, operation })}`);
  };
  if (operation === undefined || moment === undefined) return lost('not in the log');
  log.claimed.add(number);
  if (number <= from || number > until) return lost('out of its time');
  if (operation.kind !== wish.kind) return lost('of another kind');
  const expected = expectedOf(grid, moment, actor, wish);
  if (!isAsExpected(operation, expected)) lost(`expected ${JSON.stringify(expected)}`);
}

function isAsExpected({ changes, takesBack }: LoggedOperation, expected: Expected): boolean {
  if ('code' in expected || expected.takesBack !== takesBack) return false;
  const isEach = expected.changes.every(({ regionId, after }, index) => {
    const change = changes[index];
    if (change === undefined || !isDeepStrictEqual(change.after, after)) return false;
    return regionId === undefined || regionId === change.regionId;
  });
  return isEach && expected.changes.length === changes.length;
}

function judgeNoChange(
  grid: ModelGrid,
  moments: readonly Moment[],
  attempt: Attempt,
  complaints: Complaints,
): void {
  const isRight = during(grid, moments, attempt).some(
    (expected) => !('code' in expected) && expected.changes.length === 0,
  );
  if (!isRight) complaints.add('lost', `nothing was done: ${JSON.stringify(attempt)}`);
}

function judgeRefusal(
  grid: ModelGrid,
  moments: readonly Moment[],
  attempt: Attempt,
  complaints: Complaints,
): void {
  const { answer } = attempt;
  const expected = during(grid, moments, attempt);
  const isRight = expected.some((one) => 'code' in one && 'code' in answer && one.code === answer.code);
  if (!isRight)
    complaints.add('wronglyRefused', `${JSON.stringify(attempt)} expected ${JSON.stringify(expected)}`);
}

/** What would have come of an attempt at each moment of it. */
function during(
  grid: ModelGrid,
  moments: readonly Moment[],
  { actor, wish, from, until }: Attempt,
): Expected[] {
  return moments.slice(from, until + 1).map((moment) => expectedOf(grid, moment, actor, wish));
}

function isSame(board: Board = NOTHING, regions: LayoutEvidence['regions']): boolean {
  const table = new Map(regions.map(({ id, version, ...region }) => [id, { region, version }]));
  const byId = (entries: Iterable<readonly [string, unknown]>): object => Object.fromEntries(entries);
  return isDeepStrictEqual(byId(table), byId(board));
}
