import { readSettings } from '../../../src/config/index.js';
import { openMonitors, type TestMonitors } from '../../../test/support/insights.js';
import type { BenchDatabase } from '../../support/embedded-database.js';

/** How much is measured of profile and monitors. */
export interface MonitorScale {
  /** Alternating rounds of a ratio, and the length of one sample. */
  readonly rounds: number;
  readonly sampleMs: number;
  /** Durations of one distribution. */
  readonly durations: number;
  /** How long the monitors run, and how long nothing does, to compare. */
  readonly watchMs: number;
  readonly chains: number;
  readonly lockScenes: number;
}

export const MONITORS_FULL: MonitorScale = {
  rounds: 15,
  sampleMs: 300,
  durations: 200_000,
  watchMs: 60_000,
  chains: 20,
  lockScenes: 60,
};

export const MONITORS_SHORT: MonitorScale = {
  rounds: 3,
  sampleMs: 50,
  durations: 5_000,
  watchMs: 4_000,
  chains: 2,
  lockScenes: 4,
};

/** The monitors of an instance on the bench's database. */
export function monitorsOf({ url }: BenchDatabase): TestMonitors {
  return openMonitors({ url, config: readSettings({ DATABASE_URL: url }).database });
}
