import { AppError } from '../../kernel/app-error.js';
import type { Clock } from '../../kernel/clock.js';
import type { Database, ReadRouter } from '../../platform/database/index.js';
import type { Logger } from '../../platform/logging/index.js';
import type { ConnectionManager } from '../connections/driver.js';
import { lagOf, PrimaryTrail } from './replica-lag.js';
import { ReplicaRepository, type ServerPosition } from './replica.repository.js';

/** A replica that does not answer must not keep the process from ending. */
const CLOSE_DEADLINE_MS = 5_000;

/**
 * - unchecked: not asked yet
 * - healthy: gets reads
 * - lagging: behind by more than the settings allow
 * - unreachable: did not answer
 * - refused: no replica, or none of this primary
 */
export type ReplicaState = 'unchecked' | 'healthy' | 'lagging' | 'unreachable' | 'refused';

/** A replica for operators. */
export interface ReplicaReport {
  /** host:port/database. */
  readonly name: string;
  readonly state: ReplicaState;
  readonly reason: string | null;
  readonly lagMs: number | null;
  readonly lagBytes: number | null;
  readonly active: number;
  readonly reads: number;
}

/** One replica, opened. */
export interface ReplicaParts {
  readonly name: string;
  readonly database: Database;
  readonly manager: ConnectionManager;
}

/** What a set of replicas needs. */
export interface ReplicaSetOptions {
  readonly replicas: readonly ReplicaParts[];
  readonly primary: ReplicaRepository;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxLagMs: number;
  readonly maxLagBytes: number;
}

interface Member extends ReplicaParts {
  readonly repository: ReplicaRepository;
  state: ReplicaState;
  reason: string | null;
  lagMs: number | null;
  lagBytes: number | null;
  reads: number;
}

interface Judgement {
  readonly state: ReplicaState;
  readonly reason: string | null;
  readonly lagMs: number | null;
  readonly lagBytes: number | null;
}

/** Sends reads that tolerate lag to replicas that are close enough behind; to nobody else. */
export class ReplicaSet implements ReadRouter {
  private readonly members: readonly Member[];
  private readonly trail = new PrimaryTrail();
  private primaryAt: ServerPosition | undefined;
  private turn = 0;

  constructor(private readonly options: ReplicaSetOptions) {
    this.members = options.replicas.map((parts) => ({
      ...parts,
      repository: new ReplicaRepository(parts.database),
      ...{ state: 'unchecked' as const, reason: null, lagMs: null, lagBytes: null, reads: 0 },
    }));
  }

  /** The healthy one with the least under way; of equal ones in turn. */
  choose(): Database | undefined {
    const healthy = this.members.filter(({ state }) => state === 'healthy');
    if (healthy.length === 0) return undefined;
    this.turn += 1;
    const from = this.turn % healthy.length;
    const inTurn = [...healthy.slice(from), ...healthy.slice(0, from)];
    const chosen = inTurn.reduce((least, member) => (loadOf(member) < loadOf(least) ? member : least));
    chosen.reads += 1;
    return chosen.database;
  }

  /** It gets no reads until the next check says that it is back. */
  failed(replica: Database): void {
    const member = this.members.find(({ database }) => database === replica);
    if (member === undefined) return;
    const reason = 'a read did not reach it';
    this.judge(member, { state: 'unreachable', reason, lagMs: null, lagBytes: null });
  }

  /** Asks the primary, then every replica. A primary that is away is no failure of this check. */
  async check(): Promise<void> {
    if (this.members.length === 0) return;
    await this.askPrimary();
    await Promise.all(this.members.map(async (member) => this.judge(member, await this.ask(member))));
  }

  report(): ReplicaReport[] {
    return this.members.map(({ name, state, reason, lagMs, lagBytes, reads, manager }) => ({
      ...{ name, state, reason, lagMs: lagMs === null ? null : Math.round(lagMs), lagBytes, reads },
      active: manager.pool?.using ?? 0,
    }));
  }

  async close(): Promise<void> {
    const done = new AbortController();
    const closed = Promise.all(this.members.map(({ database }) => database.close()));
    try {
      await Promise.race([closed, this.options.clock.sleep(CLOSE_DEADLINE_MS, done.signal)]);
    } finally {
      done.abort();
    }
  }

  private async askPrimary(): Promise<void> {
    const { primary, clock, logger } = this.options;
    // Before the question: what the primary writes meanwhile makes the lag look longer, never shorter.
    const atMs = clock.monotonic();
    try {
      const position = await primary.position();
      if (position === undefined || position.walBytes === null) return;
      this.primaryAt = position;
      this.trail.add({ atMs, walBytes: position.walBytes, clockMs: position.clockMs });
    } catch (error) {
      logger.debug('The primary does not say where it stands', { err: error });
    }
  }

  private async ask(member: Member): Promise<Judgement> {
    try {
      const position = await member.repository.position();
      const reason = position === undefined ? 'it says nothing' : this.refusal(position);
      if (position === undefined || reason !== null) return refused(reason);
      return this.byLag(position);
    } catch (error) {
      const reason = error instanceof AppError ? error.message : 'it could not be asked';
      return { state: 'unreachable', reason, lagMs: null, lagBytes: null };
    }
  }

  private refusal({ isInRecovery, systemId, databaseName }: ServerPosition): string | null {
    if (!isInRecovery) return 'it is no replica: it takes writes of its own';
    if (this.primaryAt === undefined)
      return 'the primary has not been reached yet, so nothing can be compared';
    if (systemId !== this.primaryAt.systemId) return 'it is a replica of another primary';
    return databaseName === this.primaryAt.databaseName ? null : `it names database "${databaseName}"`;
  }

  private byLag(position: ServerPosition): Judgement {
    const { maxLagMs, maxLagBytes, clock } = this.options;
    const { bytes, ms } = lagOf(position, this.trail, clock.monotonic());
    const lag = { lagMs: ms, lagBytes: bytes };
    if (ms === null || bytes === null) return { state: 'lagging', reason: 'its lag is not known', ...lag };
    if (bytes > maxLagBytes) return { state: 'lagging', reason: `it is ${bytes} bytes behind`, ...lag };
    if (ms > maxLagMs) return { state: 'lagging', reason: `it may be ${Math.round(ms)} ms behind`, ...lag };
    return { state: 'healthy', reason: null, ...lag };
  }

  private judge(member: Member, judgement: Judgement): void {
    const before = member.state;
    Object.assign(member, judgement);
    if (before === judgement.state) return;
    const fields = { replica: member.name, before, ...judgement };
    const { logger } = this.options;
    if (judgement.state === 'healthy') logger.info('A replica gets reads', fields);
    else logger.warn('A replica gets no reads', fields);
  }
}

function refused(reason: string | null): Judgement {
  return { state: 'refused', reason, lagMs: null, lagBytes: null };
}

function loadOf({ manager }: Member): number {
  return (manager.pool?.using ?? 0) + (manager.pool?.waiting ?? 0);
}
