// The long form of the tests that kill servers: npm run test:chaos -- [--rounds n] [--seed n] [--only path]
// CHAOS_ROUNDS (20) and CHAOS_SEED (random, printed) choose as well; from 20 rounds on the cache is read until
// CHAOS_CACHE_READS (1,000,000) reads were judged.
const rest = process.argv.slice(2);
process.env.CHAOS_ROUNDS = take('--rounds') ?? process.env.CHAOS_ROUNDS ?? '20';
process.env.CHAOS_SEED = take('--seed') ?? process.env.CHAOS_SEED ?? String(Math.floor(Math.random() * 1e9));
const only = take('--only');
process.stderr.write(`${process.env.CHAOS_ROUNDS} rounds, CHAOS_SEED=${process.env.CHAOS_SEED}\n`);
// One after another: what one of them does to the machine must not count against the other.
process.argv.splice(2, Infinity, ...rest, '--runInBand', '--selectProjects', 'e2e', 'chaos');
process.argv.push('--testPathPatterns', ...(only === undefined ? ['test/e2e/kill', 'test/chaos'] : [only]));
await import('./test.mjs');

function take(option) {
  const at = rest.indexOf(option);
  return at < 0 ? undefined : rest.splice(at, 2)[1];
}
