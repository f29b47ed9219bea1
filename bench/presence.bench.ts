// Question: what does the gateway cost against `ws` alone, stock Nest and socket.io, and does it hold what it promises?
// Run: npm run bench -- presence [--short] [--only fan-out,dispatch]     Compare rows of one run only.
import { benchConnect } from './presence/connect.js';
import { closeArms, keepArms } from './presence/crowd.js';
import { benchDispatch } from './presence/dispatch.js';
import { benchDrain } from './presence/drain.js';
import { benchFanOut } from './presence/fan-out.js';
import { benchMemory } from './presence/memory.js';
import { benchQuiet } from './presence/quiet.js';
import { FULL, SHORT } from './presence/scale.js';
import { benchSlowReader } from './presence/slow-reader.js';
import { runParts } from './support/parts.js';

await runParts(
  'presence',
  { full: FULL, short: SHORT },
  (scale) => {
    if (scale.areArmsKept) keepArms();
    return {
      dispatch: (url) => benchDispatch(url, scale),
      'fan-out': (url) => benchFanOut(url, scale),
      quiet: (url) => benchQuiet(url, scale),
      connect: (url) => benchConnect(url, scale),
      memory: (url) => benchMemory(url, scale),
      'slow-reader': (url) => benchSlowReader(url, scale),
      drain: (url) => benchDrain(url, scale),
    };
  },
  closeArms,
);
