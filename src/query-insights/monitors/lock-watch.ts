import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { ActivityRepository, type SessionDetails, type SessionSample } from './activity.repository.js';
import { type ForestNode, growForest, type LockForest } from './lock-forest.js';

const MOST_RECENT = 100;
/** Of more waiting sessions the rest is counted. */
const MOST_DETAILED = 500;

/** A session that waits for a lock, with those before it. */
export interface WaitingSession extends ForestNode {
  /** Null when the session was gone before it could be looked at. */
  readonly session: SessionDetails | null;
  /** By the server's clock; since it was first seen where the server does not say. */
  readonly waitMs: number;
}

/** A session that waits for nobody, and all that wait for it. */
export interface BlockingTree {
  readonly root: number;
  /** Null for a prepared transaction (`root` is 0), and for a session that has ended. */
  readonly session: SessionDetails | null;
  readonly waiting: readonly WaitingSession[];
}

/** A wait that has ended. */
export interface PastWait {
  readonly pid: number;
  readonly root: number;
  readonly startedAt: Date;
  readonly waitedMs: number;
  readonly lockType: string | null;
  readonly relation: string | null;
  readonly queryId: string | null;
}

/** Who waited for whom at the last look. */
export interface LockState {
  readonly sampledAt: Date | null;
  readonly waiting: number;
  readonly trees: readonly BlockingTree[];
  /** Sessions that wait for each other; the server ends one of them within its `deadlock_timeout`. */
  readonly deadlocked: readonly number[];
  /** Latest first. */
  readonly recent: readonly PastWait[];
}

interface Ongoing {
  readonly startedAtMs: number;
  readonly root: number;
  readonly session: SessionDetails | null;
}

/** Keeps who blocks whom, from look to look; asks for more only while somebody waits. */
@Injectable()
export class LockWatch {
  private state: LockState = { sampledAt: null, waiting: 0, trees: [], deadlocked: [], recent: [] };
  private ongoing = new Map<number, Ongoing>();
  private readonly recent: PastWait[] = [];

  constructor(
    private readonly repository: ActivityRepository,
    private readonly clock: Clock,
  ) {}

  get current(): LockState {
    return { ...this.state, recent: [...this.recent] };
  }

  /** Longest wait of the last look in ms; 0 without any. */
  get longestWaitMs(): number {
    return this.state.trees
      .flatMap(({ waiting }) => waiting)
      .reduce((most, { waitMs }) => Math.max(most, waitMs), 0);
  }

  /** @throws DatabaseUnavailableError */
  async observe(sessions: readonly SessionSample[]): Promise<void> {
    const waits = sessions.flatMap(({ pid, blockedBy }) =>
      blockedBy === null || blockedBy.length === 0 ? [] : [{ pid, blockedBy }],
    );
    const forest = growForest(waits);
    const details = waits.length === 0 ? new Map<number, SessionDetails>() : await this.detailsOf(forest);
    const trees = this.describe(forest, details);
    this.follow(trees);
    this.state = {
      sampledAt: this.clock.now(),
      waiting: waits.length,
      trees,
      deadlocked: forest.deadlocked,
      recent: [],
    };
  }

  private async detailsOf({ trees, deadlocked }: LockForest): Promise<Map<number, SessionDetails>> {
    const pids = trees.flatMap(({ root, waiting }) => [root, ...waiting.map(({ pid }) => pid)]);
    const asked = [...pids, ...deadlocked].slice(0, MOST_DETAILED);
    const rows = await this.repository.details(asked);
    return new Map(rows.map((row) => [row.pid, row]));
  }

  private describe(
    { trees }: LockForest,
    details: ReadonlyMap<number, SessionDetails>,
  ): readonly BlockingTree[] {
    const now = this.clock.monotonic();
    return trees.map(({ root, waiting }) => ({
      root,
      session: details.get(root) ?? null,
      waiting: waiting.map((node) => {
        const session = details.get(node.pid) ?? null;
        const seenMs = now - (this.ongoing.get(node.pid)?.startedAtMs ?? now);
        return { ...node, session, waitMs: session?.waitMs ?? seenMs };
      }),
    }));
  }

  /** Notes waits that have begun, and those that have ended since the last look. */
  private follow(trees: readonly BlockingTree[]): void {
    const now = this.clock.monotonic();
    const next = new Map<number, Ongoing>();
    for (const { root, waiting } of trees) {
      for (const { pid, session, waitMs } of waiting) {
        next.set(pid, { startedAtMs: now - waitMs, root, session });
      }
    }
    for (const [pid, wait] of this.ongoing) if (!next.has(pid)) this.end(pid, wait);
    this.ongoing = next;
  }

  private end(pid: number, { startedAtMs, root, session }: Ongoing): void {
    const waitedMs = this.clock.monotonic() - startedAtMs;
    this.recent.unshift({
      pid,
      root,
      startedAt: new Date(this.clock.now().getTime() - waitedMs),
      waitedMs,
      lockType: session?.lockType ?? null,
      relation: session?.relation ?? null,
      queryId: session?.queryId ?? null,
    });
    this.recent.length = Math.min(this.recent.length, MOST_RECENT);
  }
}
