import { Injectable } from '@nestjs/common';
import { isRowId } from '../../kernel/page.js';
import { type EventShare, EventShares } from '../../collectors/index.js';
import { Database } from '../../platform/database/index.js';
import { AlertingNotFoundError } from '../management/errors.js';
import { BURN_WINDOWS_MS, budgetOf, budgetSince, burnRate, LEAST_EVENTS, usedUpAt } from './burn.js';
import { requestOf } from './burn-rate-observer.js';
import { SloRepository } from './slo.repository.js';

const HOUR_MS = 3_600_000;
const NOTHING: EventShare = { events: 0, good: 0, isCut: false };

/** How an SLO does. */
export interface SloReport {
  readonly id: string;
  /** By the database's clock. */
  readonly at: Date;
  /** The window that is answered, [from, at): it begins at a whole hour. */
  readonly from: Date;
  readonly objective: number;
  readonly events: number;
  readonly goodEvents: number;
  /** Share of good events, 0..1; null without events. */
  readonly sli: number | null;
  /** Null without events. */
  readonly isMet: boolean | null;
  readonly budget: {
    /** Bad events that the objective allows of those there were. */
    readonly allowedEvents: number;
    readonly badEvents: number;
    /** 1: untouched, 0: used up, below: overdrawn. */
    readonly leftRatio: number | null;
  };
  /** Shortest window first; 1: the budget lasts exactly as long as the window of the SLO. */
  readonly burnRates: readonly {
    readonly windowMs: number;
    readonly events: number;
    readonly rate: number | null;
  }[];
  /** When the budget is used up at the rate of the last hour, or of the shortest window above with enough events. */
  readonly predictedAt: Date | null;
  /** More series match than are counted; then nothing was: there are no events, and what would come of them is null. */
  readonly isCut: boolean;
}

/** How SLOs do, computed when somebody asks: two statements. */
@Injectable()
export class SloStatus {
  constructor(
    private readonly db: Database,
    private readonly slos: SloRepository,
    private readonly shares: EventShares,
  ) {}

  /** @throws AlertingNotFoundError ALERTING_NOT_FOUND, also for an SLO of another tenant */
  async report(tenantId: string, id: string): Promise<SloReport> {
    const slo = isRowId(id) ? await this.slos.find(this.db, tenantId, id) : undefined;
    if (slo === undefined) throw new AlertingNotFoundError('SLO', id);
    const { objective, windowMs } = slo;
    const at = await this.slos.now();
    const from = budgetSince(windowMs, at);
    const since = [from, ...BURN_WINDOWS_MS.map((ms) => new Date(at.getTime() - ms))];
    const [whole = NOTHING, ...recent] = await this.shares.sharesUntil(
      since.map((begin) => requestOf(slo, begin)),
      at,
    );
    const budget = budgetOf(whole, objective);
    const burnRates = BURN_WINDOWS_MS.map((ms, index) => {
      const share = recent[index] ?? NOTHING;
      return { windowMs: ms, events: share.events, rate: burnRate(share, objective) };
    });
    const sli = whole.events === 0 ? null : whole.good / whole.events;
    return {
      ...{ id, at, from, objective, events: whole.events, goodEvents: whole.good, sli },
      isMet: sli === null ? null : sli >= objective,
      ...{ budget, burnRates, isCut: whole.isCut },
      predictedAt: usedUpAt(budget, telling(burnRates), { at, windowMs }),
    };
  }
}

/** The rate that the near future is judged by. */
function telling(rates: SloReport['burnRates']): number | null {
  const found = rates.find(({ windowMs, events }) => windowMs >= HOUR_MS && events >= LEAST_EVENTS);
  return found?.rate ?? null;
}
