import type { Clock } from '../../kernel/clock.js';
import type { PoolHolder } from '../../platform/database/index.js';
import type { Logger } from '../../platform/logging/index.js';
import type { Counter, MetricRegistry } from '../../platform/telemetry/index.js';
import type { Slot } from '../connections/slot.js';
import type { Leak, LeakBlocker, LeakOutcome, LeakVerdict } from './leak.js';

const KEPT = 100;

/** What is known when a leak is reported. */
export interface Finding {
  readonly slot: Slot;
  readonly serial: number;
  readonly verdict: LeakVerdict;
  readonly holder: PoolHolder;
  readonly blockedBy: readonly LeakBlocker[];
}

const MESSAGES: Readonly<Record<LeakVerdict, string>> = {
  proven: 'A connection of the pool was leaked: nobody can give it back, so it is taken back',
  suspected: 'A connection of the pool may be leaked: it is held and not used',
  'long-running': 'A connection of the pool is held by statements that run for long',
  blocked: 'A connection of the pool is held by a statement that waits for a lock',
  unknown: 'A connection of the pool is held for long, and the server does not say what for',
};

type MutableLeak = { -readonly [Field in keyof Leak]: Leak[Field] };

/**
 * Leaks that were reported, with what became of them: each is told twice, when it is found and when it ends, so that
 * nobody looks for a leak that was only slow.
 */
export class LeakLog {
  /** Oldest first. */
  private readonly leaks: MutableLeak[] = [];
  /** Of connections that are still held. */
  private readonly open = new Map<Slot, { readonly serial: number; readonly leak: MutableLeak }>();
  private readonly found: Counter<'verdict'>;
  private readonly endings: Counter<'outcome'>;
  private lastId = 0;

  constructor(
    registry: MetricRegistry,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.found = registry.counter('pool_leaks_total', {
      help: 'Connections that were held for too long, or that nobody could give back.',
      labels: ['verdict'],
    });
    this.endings = registry.counter('pool_leaks_ended_total', {
      help: 'What became of connections that had been reported.',
      labels: ['outcome'],
    });
  }

  /** Newest first; the last 100. */
  all(): Leak[] {
    return this.leaks.map((leak) => ({ ...leak })).reverse();
  }

  /** Reported and not yet over. */
  get openCount(): number {
    return this.open.size;
  }

  /** Reports what was found; a verdict that is known already is not told again. */
  report({ slot, serial, verdict, holder, blockedBy }: Finding): void {
    const known = this.openLeak(slot, serial);
    if (known?.verdict === verdict) return;
    const leak = known ?? this.begin(slot, serial);
    const { backendPid, job, lastSql, requestId, route, serverState, site, tenantId, heldMs } = holder;
    const who = { site, requestId, route, job, tenantId, backendPid };
    Object.assign(leak, { verdict, lastSql, serverState, blockedBy, heldMs, ...who });
    this.found.increment({ verdict });
    const fields = { leak: leak.id, ...holder, stack: leak.stack, blockedBy };
    if (verdict === 'proven') this.logger.error(MESSAGES[verdict], fields);
    else this.logger.warn(MESSAGES[verdict], fields);
  }

  /** The second half of the message; for connections that were not reported nothing happens. */
  end(slot: Slot, outcome: Exclude<LeakOutcome, 'held'>): void {
    if (this.open.size === 0) return;
    const leak = this.openLeak(slot, slot.serial);
    if (leak === undefined) return;
    this.open.delete(slot);
    leak.outcome = outcome;
    leak.heldMs = Math.round(this.clock.monotonic() - slot.sinceMs);
    leak.endedAt = this.clock.now();
    this.endings.increment({ outcome });
    const { id, verdict, site, heldMs } = leak;
    this.logger.info('A connection that was reported is no longer held', {
      leak: id,
      outcome,
      verdict,
      site,
      heldMs,
    });
  }

  private openLeak(slot: Slot, serial: number): MutableLeak | undefined {
    const entry = this.open.get(slot);
    return entry?.serial === serial ? entry.leak : undefined;
  }

  private begin(slot: Slot, serial: number): MutableLeak {
    this.lastId += 1;
    const leak: MutableLeak = {
      id: this.lastId,
      verdict: 'unknown',
      outcome: 'held',
      site: null,
      stack: slot.site?.stack ?? [],
      requestId: null,
      route: null,
      job: null,
      tenantId: null,
      backendPid: null,
      lastSql: null,
      serverState: null,
      blockedBy: [],
      detectedAt: this.clock.now(),
      heldMs: 0,
      endedAt: null,
    };
    this.open.set(slot, { serial, leak });
    this.leaks.push(leak);
    if (this.leaks.length > KEPT) this.leaks.shift();
    return leak;
  }
}
