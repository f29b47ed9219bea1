// Question: does the cache reach its goals against plain lru-cache, plain ioredis and the caches others use?
// Run: npm run bench -- cache [--short] [--only l1,redis]     Compare rows of one run only.
import { benchColdKey } from './cache/cold-key.js';
import { benchHitRate } from './cache/hit-rate.js';
import { benchL1Hit } from './cache/l1-hit.js';
import { benchMemory } from './cache/memory.js';
import { benchOutages } from './cache/outage.js';
import { benchRedisReads } from './cache/redis-reads.js';
import { FULL, SHORT } from './cache/scale.js';
import { benchTags } from './cache/tags.js';
import { runParts } from './support/parts.js';

await runParts('cache', { full: FULL, short: SHORT }, (scale) => ({
  l1: (url) => benchL1Hit(url, scale),
  redis: (url) => benchRedisReads(url, scale),
  'cold-key': (url) => benchColdKey(url, scale),
  outage: () => benchOutages(scale),
  'hit-rate': () => benchHitRate(scale),
  memory: (url) => benchMemory(url, scale),
  tags: (url) => benchTags(url, scale),
}));
