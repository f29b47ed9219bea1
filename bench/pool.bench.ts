// Question: what does watching the pool cost, how soon is a leak proven, and what does a restart of the server break?
// Run: npm run bench -- pool [--short] [--only tracking,leaks,faults]     Compare rows of one run only.
import { benchFaults } from './pool/faults.js';
import { benchLeaks } from './pool/leaks.js';
import { FULL, SHORT } from './pool/scale.js';
import { benchTracking } from './pool/tracking.js';
import { runParts } from './support/parts.js';

await runParts('pool', { full: FULL, short: SHORT }, (scale) => ({
  tracking: () => benchTracking(scale),
  leaks: () => benchLeaks(scale),
  faults: () => benchFaults(scale),
}));
