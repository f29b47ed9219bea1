// Question: what do metrics and health cost, in the process and under load, and are they right?
// Run: npm run bench -- performance [--short] [--only record,laws] [--seed n]     Compare rows of one run only.
import { benchBlackHole } from './performance/black-hole.js';
import { benchExposition } from './performance/exposition.js';
import { benchLag } from './performance/lag.js';
import { benchLaws } from './performance/laws.js';
import { benchRecord } from './performance/record.js';
import { benchRoutes } from './performance/routes.js';
import { FULL, SHORT } from './performance/scale.js';
import { runParts } from './support/parts.js';

await runParts('performance', { full: FULL, short: SHORT }, (scale, seed) => ({
  record: () => benchRecord(scale),
  exposition: () => benchExposition(scale),
  laws: () => benchLaws(scale, seed),
  routes: () => benchRoutes(scale),
  'black-hole': (redisUrl) => benchBlackHole(scale, redisUrl),
  lag: () => benchLag(scale),
}));
