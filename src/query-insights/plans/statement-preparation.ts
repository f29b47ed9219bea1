import { type GuardedConnection, statementFailureOf } from '../../platform/database/index.js';
import { QueryNotExplainableError } from '../errors.js';
import type { SqlParser } from '../sql/parser.js';
import { type Approval, CatalogGuard } from './guard/catalog-guard.js';
import { readTree } from './guard/tree-ids.js';
import { refuse } from './guard/refuse.js';
import { RelationGuard } from './guard/relation-guard.js';
import { readStatement } from './guard/statement-guard.js';
import type { StatementFacts } from './guard/statement-facts.js';
import { completeNames } from './name-completion.js';
import { castParameter, parametersNear, repairParameters } from './parameter-repair.js';
import { planSession } from './plan-session.repository.js';

/** A statement that the server has parsed and the guard has let through. */
export interface PreparedStatement {
  readonly facts: StatementFacts;
  readonly text: string;
}

const MOST_ATTEMPTS = 16;
const GUESSES = ['timestamptz', 'integer', 'numeric', 'text', 'interval', 'date', 'jsonb', 'text[]'];

/** No type for a parameter; an operator or a function that is not unique, or not there for these types. */
const UNTYPED = '42P18';
const UNRESOLVED = new Set(['42725', '42883', '42804', '42P22', '22P02', '42846']);

/** Takes one statement through the layers, up to the point where it could be planned. */
export class StatementPreparation {
  private readonly guard: CatalogGuard;
  private readonly behind: RelationGuard;

  constructor(
    private readonly parser: SqlParser,
    private readonly connection: GuardedConnection,
    private readonly session: {
      readonly path: readonly string[];
      /** The server tells what it resolved a statement to. */
      readonly isTold: boolean;
    },
  ) {
    this.guard = new CatalogGuard(connection);
    this.behind = new RelationGuard(connection);
  }

  /**
   * Gives parameters types until the server can parse the statement: each attempt goes through all layers.
   * @throws QueryPlanRefusedError, QueryNotExplainableError, the driver's error
   */
  async prepare(original: string): Promise<PreparedStatement> {
    const pending = [repairParameters(original)];
    let firstError: unknown;
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      const text = pending.shift();
      if (text === undefined) break;
      try {
        return await this.attempt(text);
      } catch (error) {
        const next = repairsFor(text, error);
        if (next.length === 0 && firstError === undefined) throw error;
        firstError ??= error;
        pending.unshift(...next);
        await planSession.returnToMark(this.connection, this.session.isTold);
      }
    }
    throw new QueryNotExplainableError('no type was found for its parameters', firstError);
  }

  private async attempt(text: string): Promise<PreparedStatement> {
    const facts = readStatement(this.parser, text);
    const approval = await this.guard.check(facts, this.session.path);
    const { isTold } = this.session;
    await planSession.lookInto(this.connection, approval.searchPath, isTold);
    if (facts.parameters > 0) await planSession.mark(this.connection);
    this.connection.takeDetails();
    await planSession.prepare(this.connection, completeNames(text, approval.completions));
    await planSession.lookIntoCatalogs(this.connection, isTold);
    await this.confirm(approval, facts.parameters > 0);
    await planSession.lookInto(this.connection, approval.searchPath, false);
    return { facts, text };
  }

  /** What the server resolved, and what is behind the relations: parsing has locked them, so nobody changes them now. */
  private async confirm({ relations, types }: Approval, hasParameters: boolean): Promise<void> {
    const tree = this.session.isTold ? readTree(this.connection.takeDetails().join('\n')) : undefined;
    if (tree?.types.length === 0) refuse('execution', 'the server did not tell what it would run');
    if (tree !== undefined) await this.behind.checkCode(tree);
    await this.behind.checkRelations(relations.map(({ oid }) => oid));
    const parameters = hasParameters ? await planSession.parameterTypes(this.connection) : [];
    const made = [...parameters, ...(tree?.types ?? [])];
    await this.behind.checkTypes(made);
    await this.guard.checkSilentCode([...new Set([...types, ...made])], tree !== undefined);
  }
}

/** Other ways to write a statement whose parameters the server could not type; none when that is not what failed. */
function repairsFor(text: string, error: unknown): readonly string[] {
  const failure = statementFailureOf(error);
  if (failure === undefined) return [];
  if (failure.sqlState === UNTYPED && failure.parameter !== undefined) {
    const number = failure.parameter;
    return variants(text, number, ['text', 'integer', 'timestamptz']);
  }
  if (!UNRESOLVED.has(failure.sqlState)) return [];
  const [nearest, second] = parametersNear(text, failure.position ?? 0);
  if (nearest === undefined) return [];
  const first = variants(text, nearest, GUESSES);
  return second === undefined ? first : [...first, ...variants(text, second, GUESSES.slice(0, 3))];
}

function variants(text: string, number: number, types: readonly string[]): readonly string[] {
  return types.map((type) => castParameter(text, number, type)).filter((variant) => variant !== text);
}
