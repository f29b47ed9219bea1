// The long form of the tests that kill servers: npm run test:chaos. CHAOS_ROUNDS (20) and CHAOS_SEED (random, printed)
// choose; from 20 rounds on the cache is read until CHAOS_CACHE_READS (1,000,000) reads were judged.
process.env.CHAOS_ROUNDS ??= '20';
process.env.CHAOS_SEED ??= String(Math.floor(Math.random() * 1e9));
process.stderr.write(`${process.env.CHAOS_ROUNDS} rounds, CHAOS_SEED=${process.env.CHAOS_SEED}\n`);
// One after another: what one of them does to the machine must not count against the other.
process.argv.push('--runInBand', '--selectProjects', 'e2e', 'chaos');
process.argv.push('--testPathPatterns', 'test/e2e/kill', 'test/chaos');
await import('./test.mjs');
