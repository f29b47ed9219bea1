// The long form of the kill tests: npm run test:chaos. CHAOS_ROUNDS (20) and CHAOS_SEED (random, printed) choose.
process.env.CHAOS_ROUNDS ??= '20';
process.env.CHAOS_SEED ??= String(Math.floor(Math.random() * 1e9));
process.stderr.write(`${process.env.CHAOS_ROUNDS} rounds, CHAOS_SEED=${process.env.CHAOS_SEED}\n`);
process.argv.push('--selectProjects', 'e2e', '--testPathPatterns', 'test/e2e/kill');
await import('./test.mjs');
