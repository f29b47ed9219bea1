import { AppError } from '../kernel/app-error.js';

/** Who holds a lock, as far as is known. */
export interface LockHolder {
  /** One value per process. */
  readonly instanceId: string;
  readonly host: string;
  readonly pid: number;
}

/** A node of the backend that did not vote, and why. */
export interface NodeFailure {
  readonly node: string;
  readonly reason: string;
}

/** A resource that cannot be locked by its name. HTTP 400. */
export class LockResourceError extends AppError {
  readonly code = 'LOCK_RESOURCE_INVALID';
  readonly kind = 'invalid';

  constructor(problem: string, resource: string) {
    const shown = resource.slice(0, 100);
    super(`A lock's resource ${problem}. Name it as in "account:42".`, { resource: shown });
  }
}

/** Options that contradict each other or exceed a bound. HTTP 400. */
export class LockOptionsError extends AppError {
  readonly code = 'LOCK_OPTIONS_INVALID';
  readonly kind = 'invalid';

  constructor(option: string, value: unknown, problem: string) {
    super(`Lock option ${option} = ${String(value)} ${problem}.`, { option });
  }
}

/** The lock is taken, and the caller does not wait. HTTP 409. */
export class LockBusyError extends AppError {
  readonly code = 'LOCK_BUSY';
  readonly kind = 'conflict';

  constructor(resource: string, holder: LockHolder | null, remainingMs: number | null) {
    super(`Lock "${resource}" is held${by(holder)}. Give it a waitMs to wait in turn.`, {
      resource,
      holder,
      remainingMs,
    });
  }
}

/** The lock stayed busy for the whole wait. Retrying later is safe. HTTP 503. */
export class LockTimeoutError extends AppError {
  readonly code = 'LOCK_TIMEOUT';
  readonly kind = 'unavailable';

  constructor(resource: string, waitedMs: number, holder: LockHolder | null, remainingMs: number | null) {
    super(
      `Lock "${resource}" was not acquired within ${Math.round(waitedMs)} ms; it is held${by(holder)}. ` +
        'Its holder may be stuck: see GET /metrics/locks, or raise LOCK_WAIT_MS.',
      { resource, waitedMs: Math.round(waitedMs), holder, remainingMs },
    );
  }
}

/** The caller gave up waiting: its signal aborted. HTTP 503. */
export class LockAbortedError extends AppError {
  readonly code = 'LOCK_ABORTED';
  readonly kind = 'unavailable';

  constructor(resource: string, cause: unknown) {
    super(`Waiting for lock "${resource}" was aborted.`, { resource }, { cause });
  }
}

/** Too few servers gave their vote within the wait. HTTP 503. */
export class LockQuorumError extends AppError {
  readonly code = 'LOCK_NO_QUORUM';
  readonly kind = 'unavailable';

  constructor(resource: string, waitedMs: number, nodes: readonly NodeFailure[]) {
    super(
      `Lock "${resource}" found no quorum within ${Math.round(waitedMs)} ms. ` +
        'See which servers are away in "nodes"; a server that lost its memory votes again after LOCK_MAX_TTL_MS.',
      { resource, waitedMs: Math.round(waitedMs), nodes },
    );
  }
}

/** One server that may not vote yet: locks it has forgotten may still be held. HTTP 503. */
export class PausedServerError extends AppError {
  readonly code = 'LOCK_SERVER_PAUSED';
  readonly kind = 'unavailable';

  constructor(node: string, leftMs: number) {
    super(`${node} lost its memory, and votes again in ${Math.ceil(leftMs)} ms.`, {
      node,
      leftMs: Math.ceil(leftMs),
    });
  }
}

/** The lock ended before the work did. What the work wrote without a fence may collide. HTTP 409. */
export class LockLostError extends AppError {
  readonly code = 'LOCK_LOST';
  readonly kind = 'conflict';

  constructor(resource: string, heldMs: number) {
    super(
      `Lock "${resource}" was lost after ${Math.round(heldMs)} ms, before the work had ended. ` +
        'Repeat the work; let its writes check a fence.',
      { resource, heldMs: Math.round(heldMs) },
    );
  }
}

/** Waiting would never end: others wait, in a circle, for what the caller holds. HTTP 409. */
export class LockDeadlockError extends AppError {
  readonly code = 'LOCK_DEADLOCK';
  readonly kind = 'conflict';

  /** @param cycle owners from the holder of the resource to the caller */
  constructor(resource: string, held: readonly string[], cycle: readonly string[]) {
    super(
      `Waiting for lock "${resource}" while holding ${held.map((name) => `"${name}"`).join(', ')} is a deadlock. ` +
        'Take all of them at once with lockAll, which orders them.',
      { resource, held, cycle },
    );
  }
}

/** Somebody has claimed the resource since: this holder must write no more. HTTP 409. */
export class LockFencedError extends AppError {
  readonly code = 'LOCK_FENCED';
  readonly kind = 'conflict';

  constructor(resource: string, fence: string) {
    super(
      `"${resource}" was claimed by another holder after fence ${fence}. Repeat the work from its start.`,
      {
        resource,
        fence,
      },
    );
  }
}

/** Other instances on the same database use another backend: two of them would both give the same lock. */
export class LockBackendMismatchError extends AppError {
  readonly code = 'LOCK_BACKEND_MISMATCH';
  readonly kind = 'internal';

  constructor(mine: string, others: string) {
    super(
      `This instance would take its locks from ${mine}, but running instances on this database take theirs from ` +
        `${others}. ${remedyOf([mine, others])}; after a change stop all of them first.`,
      { mine, others },
    );
  }
}

/** Locks of a process are of that one alone, also with equal settings: `auto` takes them on an embedded database. */
function remedyOf(backends: readonly string[]): string {
  return backends.some((backend) => backend.startsWith('process '))
    ? 'Locks of a process are not shared, whatever else is set: start all of them with LOCK_BACKEND=postgres, or redis'
    : 'Give all the same LOCK_* and REDIS_* settings';
}

function by(holder: LockHolder | null): string {
  return holder === null ? '' : ` by process ${holder.pid} on ${holder.host}`;
}
