// Question: does alerting reach its goals: rules as a set, few messages in a storm and while flapping, none lost?
// Run: npm run bench -- alerting [--short] [--only rules] [--seed n]     Compare rows of one run only.
import { benchRules } from './alerting/rules.js';
import { FULL, SHORT } from './alerting/scale.js';
import { runParts } from './support/parts.js';

await runParts('alerting', { full: FULL, short: SHORT }, (scale) => ({
  rules: () => benchRules(scale),
}));
