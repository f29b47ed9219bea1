// Question: does alerting reach its goals: rules as a set, few messages in a storm and while flapping, none lost?
// Run: npm run bench -- alerting [--short] [--only rules,storm,flapping,outbox] [--seed n]     Compare rows of one run only.
import { benchFlapping } from './alerting/flapping.js';
import { benchOutbox } from './alerting/outbox.js';
import { benchRules } from './alerting/rules.js';
import { FULL, SHORT } from './alerting/scale.js';
import { benchStorm } from './alerting/storm.js';
import { runParts } from './support/parts.js';

await runParts('alerting', { full: FULL, short: SHORT }, (scale, seed) => ({
  rules: () => benchRules(scale),
  storm: () => benchStorm(scale),
  flapping: () => benchFlapping(scale, seed),
  outbox: () => benchOutbox(scale, seed),
}));
