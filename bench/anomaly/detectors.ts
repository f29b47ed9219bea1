import { SeriesModel } from '../../src/collectors/anomalies/series-model.js';
import type { Random } from '../../test/support/random.js';
import type { LabelledSeries } from './series.js';

/** Scores of the points of a series, each by those before it. */
export type Detector = (series: LabelledSeries) => number[];

const DAY_MS = 86_400_000;
const WINDOW = 288;
/** References get what the model does for itself: alarms this close are one. */
const QUIET = 60;

/** The model under test, as a client gets it: it is told nothing but times and values. */
export const model: Detector = ({ at, values }) => {
  const series = new SeriesModel();
  return values.map((value, index) => series.update(at[index] ?? 0, value).score);
};

/** Reference: distance from the mean of the last 288 points, in their standard deviations. */
export const movingWindow: Detector = ({ values }) => {
  let [sum, squares] = [0, 0];
  return values.map((value, index) => {
    const count = Math.min(index, WINDOW);
    const mean = sum / Math.max(1, count);
    const deviation = Math.sqrt(Math.max(0, squares / Math.max(1, count) - mean * mean));
    const old = index >= WINDOW ? (values[index - WINDOW] ?? 0) : 0;
    sum += value - old;
    squares += value * value - old * old;
    return count < 2 || deviation === 0 ? 0 : Math.abs(value - mean) / deviation;
  });
};

/** Reference: additive Holt-Winters with a daily season, errors in their exponentially weighted deviations. */
export const holtWinters: Detector = ({ at, values }) => {
  const steps = [...at.slice(1, 200)]
    .map((instant, index) => instant - (at[index] ?? 0))
    .sort((a, b) => a - b);
  const period = Math.max(1, Math.round(DAY_MS / (steps[steps.length >> 1] ?? DAY_MS)));
  const season = new Float64Array(period);
  const seen = new Uint8Array(period);
  const [alpha, beta, gamma, lambda] = [0.1, 0.001, 0.2, 0.01];
  let [level, trend, variance] = [values[0] ?? 0, 0, 0];
  return values.map((value, index) => {
    const slot = index % period;
    const usual = seen[slot] ? (season[slot] ?? 0) : 0;
    const error = value - (level + trend + usual);
    const score = variance > 0 && index > 2 ? Math.abs(error) / Math.sqrt(variance) : 0;
    variance += lambda * (error * error - variance);
    const before = level;
    level = alpha * (value - usual) + (1 - alpha) * (level + trend);
    trend = beta * (level - before) + (1 - beta) * trend;
    season[slot] = seen[slot] ? gamma * (value - level) + (1 - gamma) * usual : value - level;
    seen[slot] = 1;
    return score;
  });
};

/** Control arm: scores by chance; the threshold is the share of points that stay silent. */
export function chance(random: Random): Detector {
  return ({ values }) => values.map(() => random.fraction());
}

/** Alarms of scores at a threshold: all of the model's, of others the first of each event. */
export function alarmsOf(scores: readonly number[], threshold: number, isGated: boolean): boolean[] {
  let last = -Infinity;
  return scores.map((score, index) => {
    if (score < threshold) return false;
    const isFirst = index - last > QUIET;
    last = index;
    return isGated || isFirst;
  });
}
