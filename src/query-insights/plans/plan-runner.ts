import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { QUERY_PLAN_CONFIG, type QueryPlanConfig } from '../../config/index.js';
import { Clock, type Timer } from '../../kernel/clock.js';
import {
  DatabaseServer,
  DatabaseUnavailableError,
  GuardedConnection,
  statementFailureOf,
} from '../../platform/database/index.js';
import {
  QueryPlanFailedError,
  QueryPlanLockedError,
  QueryPlanRefusedError,
  QueryPlanTimeoutError,
} from '../errors.js';
import { SqlParser } from '../sql/parser.js';
import { catalog } from './catalog.repository.js';
import type { RelationSize } from './findings/finding.js';
import { readStatement } from './guard/statement-guard.js';
import { PlanQueue } from './plan-queue.js';
import type { ParameterValue, PlanRequest, ServerPlan } from './plan-request.js';
import { literal, planSession, type SessionFacts } from './plan-session.repository.js';
import { nodesOf, type PlanNode, readPlanTree } from './plan-tree.js';
import { repairParameters } from './parameter-repair.js';
import { reasonOf } from './safe-reasons.js';
import { StatementPreparation } from './statement-preparation.js';

const STATEMENT_TIMEOUT_MS = 1_500;
const LOCK_TIMEOUT_MS = 200;
const CONNECT_TIMEOUT_MS = 5_000;
/** The client gives up this much later than the server should have. */
const ANSWER_MARGIN_MS = 2_000;
const IDLE_MS = 30_000;

const CANCELED = '57014';
const LOCK_NOT_AVAILABLE = '55P03';
const CONNECTION_CODES = /^(08...|57P0[1-5]|53300)$/;

/**
 * Plans statements that nobody vouches for, one at a time, on a connection of its own: inside a read-only transaction with
 * short limits and as few rights as can be had, always rolled back. A connection in doubt is never used again.
 */
@Injectable()
export class PlanRunner implements OnApplicationShutdown {
  private readonly queue = new PlanQueue();
  private connection: GuardedConnection | undefined;
  private idle: Timer | undefined;

  constructor(
    @Inject(DatabaseServer) private readonly server: DatabaseServer,
    @Inject(QUERY_PLAN_CONFIG) private readonly config: QueryPlanConfig,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws SqlSyntaxError, QueryPlanRefusedError, QueryPlanFailedError, QueryNotExplainableError, QueryPlanTimeoutError,
   * QueryPlanBusyError, DatabaseUnavailableError
   */
  async run(request: PlanRequest): Promise<ServerPlan> {
    const parser = await SqlParser.load();
    const startedAt = this.clock.monotonic();
    // What the text alone betrays costs no turn and no connection.
    readStatement(parser, repairParameters(request.query));
    const readMs = this.clock.monotonic() - startedAt;
    return this.queue.run(async () => {
      const connection = await this.connect();
      let isOrderly = false;
      try {
        const plan = await this.plan(connection, parser, { ...request, readMs });
        isOrderly = !request.isAnalyzed;
        return plan;
      } catch (error) {
        throw translated(error);
      } finally {
        await this.release(connection, isOrderly);
      }
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.idle?.cancel();
    await this.connection?.close();
  }

  private async plan(
    connection: GuardedConnection,
    parser: SqlParser,
    request: PlanRequest & { readonly readMs: number },
  ): Promise<ServerPlan> {
    const startedAt = this.clock.monotonic();
    const facts = await openTransaction(connection);
    const isTold = facts.isSuperuser;
    const preparation = new StatementPreparation(parser, connection, { path: facts.path, isTold });
    const prepared = await preparation.prepare(request.query);
    const decisionMs = request.readMs + this.clock.monotonic() - startedAt;
    const literals = literalsOf(prepared.facts.parameters, request.params);
    const isGeneric = prepared.facts.parameters > 0 && request.params === undefined;
    if (isGeneric && request.isAnalyzed) {
      throw new QueryPlanRefusedError('parameters', 'to run it, its parameters need values');
    }
    const json = await planSession.explain(connection, {
      literals,
      isGeneric,
      isAnalyzed: request.isAnalyzed,
    });
    const tree = readPlanTree(json);
    return {
      json,
      tree,
      sizes: await sizesOf(connection, tree),
      plannedAs: prepared.text === request.query ? null : prepared.text,
      isGeneric,
      role: facts.canOnlyRead ? 'pg_read_all_data' : facts.role,
      isConfirmed: isTold,
      decisionMs,
      workMemBytes: facts.workMemBytes,
    };
  }

  private async connect(): Promise<GuardedConnection> {
    this.idle?.cancel();
    if (this.connection?.isUsable) return this.connection;
    try {
      this.connection = await GuardedConnection.open({
        url: this.config.databaseUrl?.reveal() ?? this.server.url,
        applicationName: 'plimsoll-plans',
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        answerTimeoutMs: STATEMENT_TIMEOUT_MS + ANSWER_MARGIN_MS,
      });
      return this.connection;
    } catch (error) {
      throw new DatabaseUnavailableError('no connection for plans could be had', error);
    }
  }

  /** @param isOrderly a statement was planned and not run, and nothing failed: its name is all that is left of it */
  private async release(connection: GuardedConnection, isOrderly: boolean): Promise<void> {
    try {
      if (connection.isUsable) await planSession.rollBack(connection);
      if (connection.isUsable && isOrderly) await planSession.forgetStatement(connection);
      else if (connection.isUsable) await connection.discardAll();
    } catch {
      // Nobody knows what it would do next: the statement's own fate is told already.
      await connection.close();
    }
    if (!connection.isUsable) {
      await connection.close();
      this.connection = undefined;
      return;
    }
    this.idle = this.clock.after(IDLE_MS, () => {
      this.connection = undefined;
      void connection.close();
    });
  }
}

async function openTransaction(connection: GuardedConnection): Promise<SessionFacts> {
  const limits = { statementTimeoutMs: STATEMENT_TIMEOUT_MS, lockTimeoutMs: LOCK_TIMEOUT_MS };
  await planSession.begin(connection, limits);
  // With the rights of the role, and its own search path, before both are given up.
  const facts = await planSession.facts(connection);
  await planSession.giveUpRights(connection, facts);
  return facts;
}

async function sizesOf(
  connection: GuardedConnection,
  tree: PlanNode,
): Promise<ReadonlyMap<string, RelationSize>> {
  const scans = nodesOf(tree).flatMap(({ type, schema, relation }) =>
    type.endsWith('Scan') && schema !== null && relation !== null ? [{ schema, name: relation }] : [],
  );
  if (scans.length === 0) return new Map();
  await planSession.lookIntoCatalogs(connection, false);
  const rows = await catalog.sizes(connection, scans);
  return new Map(rows.map(({ schema, name, ...size }) => [`${schema}.${name}`, size]));
}

/** @throws QueryPlanRefusedError when there are too few or too many values */
function literalsOf(count: number, params: readonly ParameterValue[] | undefined) {
  if (params !== undefined && params.length !== count) {
    throw new QueryPlanRefusedError(
      'parameters',
      `it has ${count} parameters, and ${params.length} values came`,
      {
        parameters: count,
        values: params.length,
      },
    );
  }
  const values = params ?? Array.from({ length: count }, () => null);
  return values.map((value) => literal(value === null ? null : String(value)));
}

function translated(error: unknown): unknown {
  const failure = statementFailureOf(error);
  if (failure === undefined) {
    const isOurs = error instanceof Error && 'kind' in error;
    return isOurs ? error : new DatabaseUnavailableError('the connection for plans was lost', error);
  }
  const { sqlState, position } = failure;
  if (sqlState === CANCELED) return new QueryPlanTimeoutError(sqlState, STATEMENT_TIMEOUT_MS, error);
  if (sqlState === LOCK_NOT_AVAILABLE) return new QueryPlanLockedError(LOCK_TIMEOUT_MS, error);
  if (CONNECTION_CODES.test(sqlState)) return new DatabaseUnavailableError(sqlState, error);
  return new QueryPlanFailedError(sqlState, reasonOf(sqlState), positionInStatement(position), error);
}

/** Our own words before the statement do not count. */
function positionInStatement(position: number | undefined): number | undefined {
  const before = 'PREPARE plimsoll_plan AS '.length;
  return position === undefined || position <= before ? undefined : position - before;
}
