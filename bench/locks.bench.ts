// Question: do locks reach their goals against raw Redis commands, redlock's own polling and advisory locks?
// Run: npm run bench -- locks [--short] [--only uncontended,hand-off]     Compare rows of one run only.
import { benchDeadlock } from './locks/deadlock.js';
import { benchFairness } from './locks/fairness.js';
import { benchHandOff } from './locks/hand-off.js';
import { benchMasters } from './locks/masters.js';
import { FULL, SHORT } from './locks/scale.js';
import { benchUncontended } from './locks/uncontended.js';
import { runParts } from './support/parts.js';

await runParts('locks', { full: FULL, short: SHORT }, (scale) => ({
  uncontended: (url) => benchUncontended(url, scale),
  'hand-off': (url) => benchHandOff(url, scale),
  fairness: (url) => benchFairness(url, scale),
  masters: () => benchMasters(scale),
  deadlock: (url) => benchDeadlock(url, scale),
}));
