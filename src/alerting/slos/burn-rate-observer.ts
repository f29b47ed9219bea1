import { Injectable } from '@nestjs/common';
import { type EventShare, EventShares, type ShareRequest } from '../../collectors/index.js';
import type { Observation } from '../model/alert.js';
import type { Observer, RuleOf } from '../model/observer.js';
import { budgetOf, budgetSince, burnRate, burnsFaster, isTelling, usedUpAt } from './burn.js';
import type { Slo } from './slo.js';
import { SloRepository } from './slo.repository.js';

type BurnRule = RuleOf<'burn-rate'>;

/** A rule, its SLO, and what is known so far. */
interface Case {
  readonly rule: BurnRule;
  readonly slo: Slo;
  readonly short: EventShare;
  readonly long: EventShare;
}

const NOTHING: EventShare = { events: 0, good: 0, isCut: false };

/**
 * Looks at the budgets of all SLOs at once. First the short windows of all of them, then the long ones of those that
 * burn over the short one, then the budgets of those that burn over both: mostly, the first step is all there is.
 */
@Injectable()
export class BurnRateObserver implements Observer<'burn-rate'> {
  readonly kind = 'burn-rate';

  constructor(
    private readonly slos: SloRepository,
    private readonly shares: EventShares,
  ) {}

  async observe(rules: readonly BurnRule[], at: Date, signal: AbortSignal): Promise<readonly Observation[]> {
    if (rules.length === 0) return [];
    const slos = new Map(
      (await this.slos.ofIds([...new Set(rules.map(({ condition }) => condition.sloId))])).map((slo) => [
        slo.id,
        slo,
      ]),
    );
    const known = rules.flatMap((rule): Case[] => {
      const slo = slos.get(rule.condition.sloId);
      return slo === undefined ? [] : [{ rule, slo, short: NOTHING, long: NOTHING }];
    });
    const looked = await this.look(known, at, 'short');
    signal.throwIfAborted();
    const hot = looked.filter((each) => burns(each, each.short));
    const bad = (await this.look(hot, at, 'long')).filter(
      (each) => burns(each, each.long) && isTelling(each.long),
    );
    signal.throwIfAborted();
    const burning = new Map((await this.withBudgets(bad, at)).map((found) => [found.ruleId, found]));
    return looked.map((each) => burning.get(each.rule.id) ?? quiet(each));
  }

  /** The cases with what happened over one of their windows. */
  private async look(cases: readonly Case[], at: Date, which: 'short' | 'long'): Promise<Case[]> {
    const spans = cases.map(({ slo, rule: { condition } }) => {
      const windowMs = which === 'short' ? condition.shortWindowMs : condition.longWindowMs;
      return { slo, since: new Date(at.getTime() - windowMs) };
    });
    const shares = await this.count(spans, at);
    return cases.map((each, index) => ({ ...each, [which]: shares[index] ?? NOTHING }));
  }

  private async withBudgets(cases: readonly Case[], at: Date): Promise<Observation[]> {
    const spans = cases.map(({ slo }) => ({ slo, since: budgetSince(slo.windowMs, at) }));
    const shares = await this.count(spans, at);
    return cases.map(({ rule, slo, long }, index): Observation => {
      const rate = burnRate(long, slo.objective);
      const budget = budgetOf(shares[index] ?? NOTHING, slo.objective);
      const predictedAt = usedUpAt(budget, rate, { at, windowMs: slo.windowMs });
      const detail = `${long.events - long.good} of ${long.events} events were bad; ${leftInWords(budget.leftRatio)}`;
      return { ruleId: rule.id, labels: {}, outcome: 'bad', value: rate, predictedAt, detail };
    });
  }

  /** The rules of one SLO share windows: each is counted once. */
  private async count(
    spans: readonly { readonly slo: Slo; readonly since: Date }[],
    at: Date,
  ): Promise<EventShare[]> {
    const requests = new Map(
      spans.map(({ slo, since }) => [`${slo.id} ${since.getTime()}`, requestOf(slo, since)] as const),
    );
    const shares = await this.shares.sharesUntil([...requests.values()], at);
    const found = new Map([...requests.keys()].map((key, index) => [key, shares[index] ?? NOTHING]));
    return spans.map(({ slo, since }) => found.get(`${slo.id} ${since.getTime()}`) ?? NOTHING);
  }
}

/** What is counted for an SLO from `since` on. */
export function requestOf({ tenantId, indicator }: Slo, since: Date): ShareRequest {
  const { scraperSource, metricType, boundMs } = indicator;
  return { tenantId, scraperSource, metricType, boundMs, since };
}

function burns({ rule, slo }: Case, share: EventShare): boolean {
  return burnsFaster(share, slo.objective, rule.condition.factor);
}

function quiet({ rule, slo, short }: Case): Observation {
  const common = { ruleId: rule.id, labels: {}, predictedAt: null };
  if (short.isCut)
    return { ...common, outcome: 'error', value: null, detail: 'too many series match the SLO' };
  return { ...common, outcome: 'well', value: burnRate(short, slo.objective), detail: null };
}

function leftInWords(leftRatio: number | null): string {
  if (leftRatio === null || leftRatio <= 0) return 'the budget is used up';
  return `${Number((leftRatio * 100).toPrecision(3))} % of the budget is left`;
}
