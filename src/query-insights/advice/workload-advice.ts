import { SqlParser } from '../sql/parser.js';
import type { Queryable } from '../../platform/database/index.js';
import { Catalog } from './catalog.js';
import { CatalogRepository } from './catalog.repository.js';
import { foreignKeySuggestions } from './core/rules.js';
import { type IndexSuggestion, suggestionOf } from './core/suggestion.js';
import { chooseTogether, type WeighedStatement } from './core/workload.js';
import { PlannerRepository } from './planner.repository.js';
import {
  type NotExplained,
  type StatementAnalysis,
  StatementAnalyst,
  type WorkloadStatement,
} from './statement-analysis.js';

/** What is to be said about some statements. */
export interface WorkloadAdvice {
  readonly suggestions: readonly IndexSuggestion[];
  readonly notExplained: readonly NotExplained[];
  /** Statements that would be served if they were written differently. */
  readonly rewrites: readonly { readonly sql: string; readonly hint: string }[];
  readonly statements: readonly {
    readonly sql: string;
    readonly cost: number;
    readonly plannerCalls: number;
  }[];
}

export interface AdviceOptions {
  /** False: hypopg is left alone, though the database has it. */
  readonly canPretend?: boolean;
}

/**
 * Advice for statements that are one workload, over one connection: nothing is executed, no table of the user is
 * locked above AccessShareLock, nothing is created.
 */
export async function adviseWorkload(
  session: Queryable,
  workload: readonly WorkloadStatement[],
  { canPretend = true }: AdviceOptions = {},
): Promise<WorkloadAdvice> {
  const parser = await SqlParser.load();
  const repository = new CatalogRepository(session);
  const catalog = new Catalog(repository);
  const planner = new PlannerRepository(session, canPretend ? await catalog.hypopgSchema() : undefined);
  const analyst = new StatementAnalyst(parser, planner, catalog);
  const analyses: StatementAnalysis[] = [];
  const notExplained: NotExplained[] = [];
  for (const statement of workload) {
    const result = await analyst.analyse(statement);
    if ('reason' in result) notExplained.push(result);
    else analyses.push(result);
  }
  const suggestions = await suggest(analyses, planner);
  const byRule = (await triggers(analyses, catalog, repository)).filter((one) => !isServed(one, suggestions));
  return {
    suggestions: [...suggestions, ...byRule],
    notExplained,
    rewrites: analyses.flatMap(({ statement, hints }) =>
      hints.map((hint) => ({ sql: statement.text, hint })),
    ),
    statements: analyses.map(({ statement, model, plannerCalls }) => ({
      sql: statement.text,
      cost: model.cost,
      plannerCalls,
    })),
  };
}

/** An index that is suggested anyhow begins with the same columns. */
function isServed({ tableName, columns }: IndexSuggestion, others: readonly IndexSuggestion[]): boolean {
  return others.some(
    (other) =>
      other.tableName === tableName &&
      other.where === undefined &&
      columns.every((column, at) => other.columns[at] === column),
  );
}

async function suggest(
  analyses: readonly StatementAnalysis[],
  planner: PlannerRepository,
): Promise<IndexSuggestion[]> {
  if (analyses.every(({ choice }) => choice.indexes.length === 0)) return [];
  const choose = () => chooseTogether(analyses.map(weighed));
  const chosen = await (planner.canPretend ? planner.inTransaction(choose) : choose());
  return chosen.map((index) => {
    const helped = index.helps.flatMap((at) => analyses[at] ?? []);
    const isModelled = helped.some(({ evaluator }) => evaluator.method === 'model');
    return suggestionOf(
      index,
      helped.map(({ statement }) => statement.text),
      isModelled ? 'model' : 'hypopg',
    );
  });
}

function weighed({ statement, readable, choice, evaluator, model }: StatementAnalysis): WeighedStatement {
  const { writes } = readable;
  return {
    calls: statement.calls,
    before: choice.before,
    evaluator,
    indexes: choice.indexes,
    ...(writes !== undefined && { writes }),
    writtenRows: writes === undefined ? 0 : Math.max(1, model.tree.rows),
  };
}

/** Deleting rows asks every table that references them, which no plan shows. */
async function triggers(
  analyses: readonly StatementAnalysis[],
  catalog: Catalog,
  repository: CatalogRepository,
): Promise<IndexSuggestion[]> {
  const parents = analyses.flatMap(({ readable, model }) => {
    const { writes } = readable;
    const scan = model.scans.find(({ table }) => table.name === writes?.table);
    return scan !== undefined && writes?.kind === 'delete' ? [scan.table.oid] : [];
  });
  if (parents.length === 0) return [];
  const named = await repository.referencing(parents);
  await catalog.loadTables(named);
  const children = named.flatMap(({ schema, name }) => catalog.table(schema, name) ?? []);
  const concerned = children.map((table) => ({
    ...table,
    foreignKeys: table.foreignKeys.filter(({ referenced }) => parents.includes(referenced)),
  }));
  return foreignKeySuggestions(concerned);
}
