import { Random } from '../../../test/support/random.js';
import {
  BURN_WINDOWS_MS,
  budgetOf,
  budgetSince,
  burnAlerts,
  burnRate,
  burnsFaster,
  isTelling,
  usedUpAt,
} from './burn.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const shareOf = (events: number, bad: number) => ({ events, good: events - bad, isCut: false });

describe('alerts of an SLO', () => {
  it('are those of the workbook for 30 days', () => {
    expect(
      burnAlerts(30 * DAY_MS).map((alert) => [
        alert.longWindowMs / HOUR_MS,
        alert.shortWindowMs / HOUR_MS,
        alert.factor,
        alert.severity,
      ]),
    ).toEqual([
      [1, 5 / 60, 14.4, 'critical'],
      [6, 0.5, 6, 'critical'],
      [24, 2, 3, 'warning'],
      [72, 6, 1, 'warning'],
    ]);
    expect(BURN_WINDOWS_MS.map((ms) => ms / HOUR_MS)).toEqual([5 / 60, 0.5, 1, 2, 6, 24, 72]);
  });

  it('mean the same share of the budget whatever the window, unless that would be less than it lasts', () => {
    const shares = [0.02, 0.05, 0.1, 0.1];
    for (let days = 1; days <= 90; days += 1) {
      const alerts = burnAlerts(days * DAY_MS);
      expect(alerts).toHaveLength(days < 3 ? 3 : 4);
      for (const [index, { factor, longWindowMs }] of alerts.entries()) {
        const used = (factor * longWindowMs) / (days * DAY_MS);
        expect(factor).toBeGreaterThanOrEqual(1);
        if (factor > 1) expect(used).toBeCloseTo(shares[index] ?? NaN, 12);
      }
    }
  });
});

describe('a burn rate', () => {
  it('is the bad share over the allowed one, and none without events', () => {
    expect(burnRate(shareOf(1_000, 10), 0.99)).toBeCloseTo(1, 12);
    expect(burnRate(shareOf(1_000, 144), 0.99)).toBeCloseTo(14.4, 12);
    expect(burnRate(shareOf(0, 0), 0.99)).toBeNull();
  });

  it('is faster than a factor when it is, and not when it is equal but for rounding', () => {
    for (const objective of [0.9, 0.95, 0.99, 0.995, 0.999, 0.9999]) {
      for (const factor of [1, 2, 3, 6]) {
        const events = 1_000_000;
        const bad = Math.round(events * factor * (1 - objective));
        expect(burnsFaster(shareOf(events, bad), objective, factor)).toBe(false);
        expect(burnsFaster(shareOf(events, bad + 1), objective, factor)).toBe(true);
      }
    }
  });

  it('is told only of enough events', () => {
    expect(isTelling(shareOf(2, 1))).toBe(false);
    expect(isTelling(shareOf(9, 9))).toBe(false);
    expect(isTelling(shareOf(1_000, 2))).toBe(false);
    expect(isTelling(shareOf(10, 3))).toBe(true);
  });
});

describe('a budget', () => {
  it('is used up when brute force says so', () => {
    const random = new Random(4_711);
    const windowMs = 30 * DAY_MS;
    const at = new Date('2026-11-21T00:00:00Z');
    for (let round = 0; round < 300; round += 1) {
      const objective = random.of([0.9, 0.99, 0.999]);
      const perHour = 1_000;
      const events = perHour * 720;
      const bad = Math.floor(random.fraction() * 1.2 * events * (1 - objective));
      const rate = 0.2 + random.fraction() * 30;

      const predicted = usedUpAt(budgetOf(shareOf(events, bad), objective), rate, { at, windowMs });

      // Hour by hour: what is bad comes at `rate` times the share that is allowed.
      let spent = bad;
      let hours = 0;
      const allowed = events * (1 - objective);
      while (spent < allowed && hours < 720) {
        spent += perHour * rate * (1 - objective);
        hours += 1;
      }
      const isNever = rate <= 1 || bad >= allowed;
      if (isNever) expect(predicted).toBeNull();
      else
        expect(
          Math.abs(((predicted?.getTime() ?? NaN) - at.getTime()) / HOUR_MS - hours),
        ).toBeLessThanOrEqual(1.001);
    }
  });

  it('is of a window that begins at a whole hour, and never later than it should', () => {
    const at = new Date('2026-11-21T10:17:03.456Z');

    expect(budgetSince(DAY_MS, at)).toEqual(new Date('2026-11-20T10:00:00Z'));
    expect(budgetSince(DAY_MS, new Date('2026-11-21T10:00:00Z'))).toEqual(new Date('2026-11-20T10:00:00Z'));
  });

  it('can be overdrawn, and is untouched by nothing', () => {
    expect(budgetOf(shareOf(1_000, 20), 0.99).leftRatio).toBeCloseTo(-1, 9);
    expect(budgetOf(shareOf(1_000, 0), 0.99).leftRatio).toBe(1);
    expect(budgetOf(shareOf(0, 0), 0.99).leftRatio).toBeNull();
  });
});
