import { type Candidate, idOfShape } from './candidates.js';
import type { PlanEvaluator } from './evaluator.js';
import type { IndexShape } from './facts.js';
import type { StatementWrites } from './statement.js';

/** A statement of a workload, ready to be costed. */
export interface WeighedStatement {
  readonly calls: number;
  readonly before: number;
  readonly evaluator: PlanEvaluator;
  /** What is best for it alone. */
  readonly indexes: readonly Candidate[];
  readonly writes?: StatementWrites;
  /** Rows that one call writes. */
  readonly writtenRows: number;
}

/** An index with what it does for the workload. */
export interface ChosenIndex {
  readonly candidate: Candidate;
  /** Numbers of the statements whose plans use it. */
  readonly helps: readonly number[];
  readonly before: number;
  readonly after: number;
  /** Cost units that keeping it up to date takes of the workload's own writes. */
  readonly writeCost: number;
}

/** One entry of an index that is written: a descent and a page that is likely cached. */
const WRITE_COST = 2;
/** What fewer indexes may cost more. */
const TOLERANCE = 1.15;

/** One choice of indexes for many statements: what each wants alone, merged where one index serves two. */
export async function chooseTogether(statements: readonly WeighedStatement[]): Promise<ChosenIndex[]> {
  const joint = new JointChoice(statements);
  const wanted = distinct(statements.flatMap(({ indexes }) => indexes));
  const merged = await joint.merged(wanted);
  const needed = await joint.withoutIdle(merged);
  return joint.judged(needed);
}

/** Costs of the whole workload. */
class JointChoice {
  private readonly known = new Map<string, Promise<number>>();

  constructor(private readonly statements: readonly WeighedStatement[]) {}

  /** Puts one index in the place of two on the same table, where that is as good. */
  async merged(indexes: readonly Candidate[]): Promise<readonly Candidate[]> {
    let kept = indexes;
    for (const [one, other] of pairsOf(indexes)) {
      if (!kept.includes(one) || !kept.includes(other)) continue;
      for (const union of unionsOf(one, other)) {
        const tried = [...kept.filter((index) => index !== one && index !== other), union];
        if (!(await this.isAsGood(tried, kept))) continue;
        kept = tried;
        break;
      }
    }
    return kept;
  }

  async withoutIdle(indexes: readonly Candidate[]): Promise<readonly Candidate[]> {
    let kept = indexes;
    // Narrow ones first: a wider one may do their work.
    for (const index of indexes.toSorted((one, other) => one.shape.keys.length - other.shape.keys.length)) {
      const rest = kept.filter((other) => other !== index);
      if (rest.length > 0 && (await this.isAsGood(rest, kept))) kept = rest;
    }
    return kept;
  }

  /** The statements for which it makes a difference cost hardly more together. */
  private async isAsGood(tried: readonly Candidate[], kept: readonly Candidate[]): Promise<boolean> {
    let [before, after] = [0, 0];
    for (const at of this.statements.keys()) {
      const [old, now] = [await this.cost(at, kept), await this.cost(at, tried)];
      if (old === now) continue;
      before += this.weigh(at, old);
      after += this.weigh(at, now);
    }
    return after <= before * TOLERANCE;
  }

  /** Indexes that save more than keeping them costs. */
  async judged(indexes: readonly Candidate[]): Promise<ChosenIndex[]> {
    const chosen: ChosenIndex[] = [];
    for (const candidate of indexes) {
      const helps = await this.helpedBy(candidate, indexes);
      const before = sum(helps.map((at) => this.weigh(at, this.statements[at]?.before ?? 0)));
      const after = sum(
        await Promise.all(helps.map(async (at) => this.weigh(at, await this.cost(at, indexes)))),
      );
      const writeCost = this.writeCost(candidate);
      const saved =
        (await this.total(indexes.filter((other) => other !== candidate))) - (await this.total(indexes));
      if (helps.length > 0 && saved > writeCost) chosen.push({ candidate, helps, before, after, writeCost });
    }
    return chosen;
  }

  private async helpedBy(candidate: Candidate, indexes: readonly Candidate[]): Promise<number[]> {
    const helped: number[] = [];
    for (const [at, { evaluator, before }] of this.statements.entries()) {
      if (!this.concerns(at, candidate)) continue;
      const { used, cost } = await evaluator.evaluate(indexes);
      if (used.includes(candidate) && cost < before) helped.push(at);
    }
    return helped;
  }

  private async total(indexes: readonly Candidate[]): Promise<number> {
    let total = 0;
    for (const at of this.statements.keys()) total += this.weigh(at, await this.cost(at, indexes));
    return total;
  }

  private cost(at: number, indexes: readonly Candidate[]): Promise<number> {
    const own = indexes.filter((index) => this.concerns(at, index));
    const id = `${at} ${own.map(({ table, shape }) => `${table.oid} ${idOfShape(shape)}`).join('\n')}`;
    const known = this.known.get(id) ?? this.evaluate(at, own);
    this.known.set(id, known);
    return known;
  }

  private async evaluate(at: number, own: readonly Candidate[]): Promise<number> {
    const statement = this.statements[at];
    if (statement === undefined || own.length === 0) return statement?.before ?? 0;
    const { cost } = await statement.evaluator.evaluate(own);
    return Math.min(cost, statement.before);
  }

  /** Only statements that asked for something can gain. */
  private concerns(at: number, { table }: Candidate): boolean {
    return this.statements[at]?.indexes.some((index) => index.table.oid === table.oid) ?? false;
  }

  private weigh(at: number, cost: number): number {
    return cost * (this.statements[at]?.calls ?? 1);
  }

  private writeCost({ table, shape }: Candidate): number {
    return sum(
      this.statements.map(({ writes, writtenRows, calls }) => {
        const isHere = writes?.table === table.name && (writes.schema ?? table.schema) === table.schema;
        const isTouched =
          writes?.kind === 'insert' || (writes?.kind === 'update' && touches(shape, writes.columns));
        return isHere && isTouched ? calls * writtenRows * WRITE_COST : 0;
      }),
    );
  }
}

/** An update of these columns writes a new entry. */
export function touches({ keys, include, predicate }: IndexShape, columns: readonly string[]): boolean {
  const texts = [
    ...keys.map(({ column, expression }) => column ?? expression ?? ''),
    ...include,
    predicate ?? '',
  ];
  return columns.some((column) => texts.some((text) => text === column || text.includes(column)));
}

function pairsOf(indexes: readonly Candidate[]): [Candidate, Candidate][] {
  return indexes.flatMap((one, at) =>
    indexes
      .slice(at + 1)
      .flatMap((other): [Candidate, Candidate][] =>
        one.table.oid === other.table.oid && isMergeable(one.shape) && isMergeable(other.shape)
          ? [[one, other]]
          : [],
      ),
  );
}

function isMergeable({ method, predicate }: IndexShape): boolean {
  return method === 'btree' && predicate === undefined;
}

/** One index with the keys of both, either first. */
function unionsOf(one: Candidate, other: Candidate): Candidate[] {
  return [unionOf(one, other), unionOf(other, one)].toSorted(
    (left, right) => left.shape.keys.length - right.shape.keys.length,
  );
}

function unionOf(one: Candidate, other: Candidate): Candidate {
  const names = new Set(one.shape.keys.map(({ column, expression }) => column ?? expression));
  const keys = [
    ...one.shape.keys,
    ...other.shape.keys.filter(({ column, expression }) => !names.has(column ?? expression)),
  ];
  const held = new Set(keys.map(({ column }) => column));
  const include = [...new Set([...one.shape.include, ...other.shape.include])].filter(
    (column) => !held.has(column),
  );
  return { ...one, shape: { method: 'btree', keys, include } };
}

function distinct(indexes: readonly Candidate[]): Candidate[] {
  return [
    ...new Map(indexes.map((index) => [`${index.table.oid} ${idOfShape(index.shape)}`, index])).values(),
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
