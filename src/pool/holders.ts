import type { Clock } from '../kernel/clock.js';
import { PoolExhaustedError, type PoolHolder } from '../platform/database/index.js';
import type { Logger } from '../platform/logging/index.js';
import type { Work } from '../platform/runtime/index.js';
import type { PooledConnections } from './connections/pooled-connections.js';
import type { Slot } from './connections/slot.js';
import type { ActivityRepository, BackendState } from './server/activity.repository.js';
import { redactSql } from './server/redact-sql.js';

/** Many callers time out at once: one question to the server is enough for them. */
const STATES_FRESH_MS = 500;
const LOGGED_EVERY_MS = 1_000;

/** Says who holds the connections of the pool, in words for operators. */
export class Holders {
  private asked: { readonly atMs: number; readonly states: Promise<Map<number, BackendState>> } | undefined;
  private loggedAtMs = -Infinity;

  constructor(
    private readonly connections: Pick<PooledConnections, 'held' | 'pool'>,
    private readonly activity: ActivityRepository,
    private readonly world: { readonly clock: Clock; readonly logger: Logger },
  ) {}

  /** Longest first; without server states when the server does not say. */
  async describe(): Promise<PoolHolder[]> {
    const held = this.connections.held();
    const states = held.length === 0 ? new Map<number, BackendState>() : await this.states(held);
    const now = this.world.clock.monotonic();
    return held
      .filter(({ isHeld }) => isHeld)
      .map((slot) => describeHolder(slot, now, stateOf(slot, states)));
  }

  /** The error of a caller that waited in vain. It names every holder, and so does the log. */
  async exhausted(waitedMs: number, cause: unknown): Promise<PoolExhaustedError> {
    const { pool } = this.connections;
    const [max, waiting] = [pool?.maxSize ?? 0, pool?.waiting ?? 0];
    const holders = await this.describe();
    const { clock, logger } = this.world;
    if (clock.monotonic() - this.loggedAtMs >= LOGGED_EVERY_MS) {
      this.loggedAtMs = clock.monotonic();
      logger.warn('The connection pool is exhausted', { max, waiting, holders });
    }
    return new PoolExhaustedError({ waitedMs: Math.round(waitedMs), max, waiting }, holders, cause);
  }

  private states(held: readonly Slot[]): Promise<Map<number, BackendState>> {
    const now = this.world.clock.monotonic();
    if (this.asked === undefined || now - this.asked.atMs > STATES_FRESH_MS) {
      this.asked = { atMs: now, states: statesOf(held, this.activity) };
    }
    return this.asked.states;
  }
}

/** States by process id; empty when the server does not answer. */
export async function statesOf(
  slots: readonly Slot[],
  activity: ActivityRepository,
): Promise<Map<number, BackendState>> {
  const pids = slots.flatMap(({ backendPid }) => backendPid ?? []);
  try {
    return new Map((await activity.states(pids)).map((state) => [state.pid, state]));
  } catch {
    // Who holds what is known without the server.
    return new Map();
  }
}

/** The state of a slot's own backend: a process id that was given to another one meanwhile is not it. */
export function stateOf(slot: Slot, states: ReadonlyMap<number, BackendState>): BackendState | undefined {
  const state = slot.backendPid === undefined ? undefined : states.get(slot.backendPid);
  if (state === undefined) return undefined;
  slot.backendStart ??= state.backendStart;
  return slot.backendStart === state.backendStart ? state : undefined;
}

/** One holder, as of now. */
export function describeHolder(slot: Slot, nowMs: number, state: BackendState | undefined): PoolHolder {
  const { site, lastSql = state?.query ?? '', backendPid = null } = slot;
  return {
    site: site?.at ?? null,
    heldMs: Math.round(nowMs - slot.sinceMs),
    lastSql: lastSql === '' ? null : redactSql(lastSql),
    serverState: state === undefined ? null : describeState(state),
    ...describeWork(slot.work ?? {}),
    backendPid,
  };
}

function describeWork(work: Work): Pick<PoolHolder, 'requestId' | 'route' | 'job' | 'tenantId'> {
  const { requestId = null, route, job = null, tenantId = null } = work;
  return { requestId, route: route?.() ?? null, job, tenantId };
}

function describeState({ state, waitEventType, blockedBy }: BackendState): string {
  const words = state ?? 'unknown';
  if (waitEventType !== 'Lock') return words;
  return `${words}, waits for a lock of ${blockedBy.length === 0 ? 'somebody' : blockedBy.join(', ')}`;
}
