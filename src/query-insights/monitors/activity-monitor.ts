import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { QueryProfile } from '../profile/query-profile.js';
import { availableSource, type InsightSource, unreadSource } from '../source.js';
import { ActivityRepository, type SessionSample } from './activity.repository.js';
import { LockWatch } from './lock-watch.js';

const NAME = 'pg_stat_activity';
const MOST_SAMPLES = 60;
const MOST_QUERIES = 1_000;
/** Whether the role may see everything is asked again after as many looks. */
const LOOKS_PER_CHECK = 60;

/** Waits of these kinds are pauses of the client, or of a process that has nothing to do. */
const NO_WAIT = ['Client', 'Activity'];

/** Sessions of this database at one moment. */
export interface ActivitySample {
  readonly at: Date;
  readonly active: number;
  readonly idleInTransaction: number;
  /** Active sessions by what they wait for: `Lock:transactionid`, `IO:DataFileRead`; those that work are not in it. */
  readonly waits: Readonly<Record<string, number>>;
}

/** Looks once a second at what sessions do. */
@Injectable()
export class ActivityMonitor {
  private state: InsightSource = unreadSource(NAME);
  private samples: ActivitySample[] = [];
  private readonly waitsByQuery = new Map<string, Map<string, number>>();
  private looks = 0;

  constructor(
    private readonly repository: ActivityRepository,
    private readonly locks: LockWatch,
    private readonly profile: QueryProfile,
    private readonly clock: Clock,
  ) {}

  get source(): InsightSource {
    return this.state;
  }

  /** Those of the last minute, oldest first. */
  get lastMinute(): readonly ActivitySample[] {
    return this.samples;
  }

  /** Samples in which a statement was seen waiting, by event; undefined when it never was. */
  waitsOf(queryId: string): ReadonlyMap<string, number> | undefined {
    return this.waitsByQuery.get(queryId);
  }

  /** @throws DatabaseUnavailableError */
  async look(): Promise<void> {
    try {
      if (this.looks % LOOKS_PER_CHECK === 0) this.state = stateFor(await this.repository.canSeeAll());
      this.looks += 1;
      const sessions = await this.repository.sample();
      this.note(sessions);
      await this.locks.observe(sessions);
    } catch (error) {
      this.looks = 0;
      this.state = { name: NAME, state: 'unavailable', reason: 'the server did not answer', remedy: null };
      throw error;
    }
  }

  private note(sessions: readonly SessionSample[]): void {
    const waits: Record<string, number> = {};
    let idleInTransaction = 0;
    for (const { pid, state, waitType, waitEvent, queryId } of sessions) {
      if (state !== 'active') {
        idleInTransaction += 1;
        continue;
      }
      if (waitType === null || NO_WAIT.includes(waitType)) continue;
      const event = `${waitType}:${waitEvent ?? ''}`;
      waits[event] = (waits[event] ?? 0) + 1;
      this.profile.noteWait(pid, event);
      if (queryId !== null) this.noteWait(queryId, event);
    }
    const active = sessions.length - idleInTransaction;
    this.samples.push({ at: this.clock.now(), active, idleInTransaction, waits });
    if (this.samples.length > MOST_SAMPLES) this.samples.shift();
  }

  private noteWait(queryId: string, event: string): void {
    const waits = this.waitsByQuery.get(queryId) ?? new Map<string, number>();
    waits.set(event, (waits.get(event) ?? 0) + 1);
    // Those that waited last stay.
    this.waitsByQuery.delete(queryId);
    this.waitsByQuery.set(queryId, waits);
    for (const oldest of this.waitsByQuery.keys()) {
      if (this.waitsByQuery.size <= MOST_QUERIES) break;
      this.waitsByQuery.delete(oldest);
    }
  }
}

function stateFor(canSeeAll: boolean): InsightSource {
  if (canSeeAll) return availableSource(NAME);
  return {
    name: NAME,
    state: 'limited',
    reason: 'what sessions of other roles do is hidden',
    remedy: 'Grant the role of DATABASE_URL pg_read_all_stats.',
  };
}
