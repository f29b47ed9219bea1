// Question: do layouts answer within a tenth of their budgets, with 50 people at one of 10,000 layouts of 200 regions?
// Run: npm run bench -- dashboards [--short]     Compare rows of one run only.
import { benchEditors } from './dashboards/editors.js';
import { FULL, SHORT } from './dashboards/scale.js';
import { runParts } from './support/parts.js';

await runParts('dashboards', { full: FULL, short: SHORT }, (scale) => ({
  editors: (url) => benchEditors(url, scale),
}));
