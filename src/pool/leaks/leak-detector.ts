import type { Clock } from '../../kernel/clock.js';
import type { PooledConnections } from '../connections/pooled-connections.js';
import type { Tenure } from '../connections/slot.js';
import { describeHolder, stateOf } from '../holders.js';
import type { ActivityRepository, BackendState } from '../server/activity.repository.js';
import type { LeakBlocker, LeakVerdict } from './leak.js';
import type { LeakLog } from './leak-log.js';
import type { ProofSearch } from './proof-search.js';

const ROLLBACK_MS = 1_000;
const POLL_MS = 50;
const STATEMENT_MS = 60_000;
/** Whoever has done nothing for this share of the time limit is suspect; before, it is between two statements. */
const IDLE_SHARE = 0.1;

/** What looking for leaks needs. */
export interface LeakDetectorOptions {
  readonly connections: PooledConnections;
  readonly activity: ActivityRepository;
  readonly log: LeakLog;
  readonly clock: Clock;
  readonly leakAfterMs: number;
  readonly search: ProofSearch;
}

/**
 * Finds connections that will not come back.
 *
 * Proof: the object by which a connection is used has become unreachable. Nobody can commit, roll back or give back any
 * more, so all three are done here. Node says so after a garbage collection, at best soon.
 * Suspicion: held for longer than the setting. The server knows more than the clock: a transaction that stands idle is
 * suspect, one that goes from statement to statement is not, and one that waits for a lock is somebody else's victim.
 */
export class LeakDetector {
  constructor(private readonly options: LeakDetectorOptions) {}

  /** Takes the connection of an unreachable holder back. */
  async prove(tenure: Tenure): Promise<void> {
    const { log, clock, search, connections } = this.options;
    const { slot, serial } = tenure;
    if (!isHeldIn(tenure)) return;
    const holder = describeHolder(slot, clock.monotonic(), undefined);
    search.succeeded();
    log.report({ slot, serial, verdict: 'proven', holder, blockedBy: [] });
    await this.statementEnds(tenure);
    if (!isHeldIn(tenure)) return;
    // The end of the connection rolls back as well, but a server that is busy notices it late.
    await slot.client.query({ text: 'ROLLBACK', query_timeout: ROLLBACK_MS }).catch(() => undefined);
    if (!isHeldIn(tenure)) return;
    log.end(slot, 'reclaimed');
    await connections.reclaim(slot);
  }

  /** Looks for proofs where a collection may give them. */
  seekProofs(): Promise<void> {
    return this.options.search.look(this.options.connections.held());
  }

  /** Looks at all who hold a connection for too long. @throws when the server cannot be asked */
  async inspect(): Promise<void> {
    const { connections, activity, clock, leakAfterMs } = this.options;
    const now = clock.monotonic();
    const late = connections.held().filter(({ sinceMs }) => now - sinceMs >= leakAfterMs);
    if (late.length === 0) return;
    const serials = new Map(late.map((slot) => [slot, slot.serial]));
    const pids = late.flatMap(({ backendPid }) => backendPid ?? []);
    const asked = activity.states(pids);
    const states = new Map((await asked.catch(() => [])).map((state) => [state.pid, state]));
    for (const [slot, serial] of serials) this.judge({ slot, serial }, states);
    await asked;
  }

  private judge(tenure: Tenure, states: ReadonlyMap<number, BackendState>): void {
    const { slot, serial } = tenure;
    if (!isHeldIn(tenure)) return;
    const state = stateOf(slot, states);
    const holder = describeHolder(slot, this.options.clock.monotonic(), state);
    const blockedBy = (state?.blockedBy ?? []).map((pid) => this.blocker(pid));
    const verdict = verdictOf(state, this.options.leakAfterMs * IDLE_SHARE);
    this.options.log.report({ slot, serial, verdict, holder, blockedBy });
  }

  private blocker(backendPid: number): LeakBlocker {
    const held = this.options.connections.held().find((slot) => slot.backendPid === backendPid);
    return { backendPid, site: held?.site?.at ?? null };
  }

  /** What is under way may still be wanted; a server that is frozen must not keep the connection, though. */
  private async statementEnds(tenure: Tenure): Promise<void> {
    const { clock } = this.options;
    const giveUpAt = clock.monotonic() + STATEMENT_MS;
    while (tenure.slot.client.readyForQuery === false && isHeldIn(tenure)) {
      if (clock.monotonic() > giveUpAt) return;
      await clock.sleep(POLL_MS);
    }
  }
}

function isHeldIn({ slot, serial }: Tenure): boolean {
  return slot.isStill(serial) && !slot.isLost;
}

function verdictOf(state: BackendState | undefined, idleMs: number): LeakVerdict {
  if (state?.state === null || state === undefined) return 'unknown';
  if (state.state.startsWith('idle'))
    return (state.stateMs ?? idleMs) < idleMs ? 'long-running' : 'suspected';
  return state.waitEventType === 'Lock' ? 'blocked' : 'long-running';
}
