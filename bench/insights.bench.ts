// Question: is index advice as good as brute force, and are figures of statements exact, at which price?
// Run: npm run bench -- insights [--short] [--seed 1] [--only advice]     Compare rows of one run only.
import { ADVICE_FULL, ADVICE_SHORT, benchAdvice } from './insights/advice/advice.js';
import { benchLockChains } from './insights/monitors/lock-chains.js';
import { benchMonitorsCost } from './insights/monitors/monitors-cost.js';
import { benchPercentiles } from './insights/monitors/percentiles.js';
import { benchProfilerCost } from './insights/monitors/profiler-cost.js';
import { MONITORS_FULL, MONITORS_SHORT } from './insights/monitors/world.js';
import { benchPlans, PLANS_FULL, PLANS_SHORT } from './insights/plans/plans.js';
import { runParts } from './support/parts.js';

const full = { ...ADVICE_FULL, ...MONITORS_FULL, ...PLANS_FULL };
const short = { ...ADVICE_SHORT, ...MONITORS_SHORT, ...PLANS_SHORT };

await runParts('insights', { full, short }, (scale, seed) => ({
  advice: () => benchAdvice(scale, seed),
  percentiles: () => benchPercentiles(scale),
  'profiler-cost': () => benchProfilerCost(scale),
  'monitors-cost': () => benchMonitorsCost(scale),
  'lock-chains': () => benchLockChains(scale),
  plans: () => benchPlans(scale),
}));
