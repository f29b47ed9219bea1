// Question: what does the gateway cost against `ws` alone, stock Nest and socket.io, and does it hold what it promises?
// Run: npm run bench -- presence [--short] [--only fan-out,dispatch]     Compare rows of one run only.
import { benchFanOut } from './presence/fan-out.js';
import { FULL, SHORT } from './presence/scale.js';
import { runParts } from './support/parts.js';

await runParts('presence', { full: FULL, short: SHORT }, (scale) => ({
  'fan-out': (url) => benchFanOut(url, scale),
}));
