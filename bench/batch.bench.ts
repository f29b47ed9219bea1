// Question: do batch jobs load, upsert and recover as fast as the goals say, against COPY and Sequelize's bulkCreate?
// Run: npm run bench -- batch [--rows 1000000] [--rounds 3]     Compare rows of one run only.
import { parseArgs } from 'node:util';
import { benchLoads, benchUpserts } from './batch/loads.js';
import { benchPickup, benchPoison } from './batch/small.js';
import { createItems } from './batch/subject.js';
import { openBenchDatabase } from './support/embedded-database.js';
import { report } from './support/report.js';

const FULL_ROWS = 1_000_000;
const PICKUPS = 100;
const { values } = parseArgs({
  options: { rows: { type: 'string', default: String(FULL_ROWS) }, rounds: { type: 'string', default: '3' } },
});
const [rows, rounds] = [Number(values.rows), Number(values.rounds)];

const bench = await openBenchDatabase();
try {
  await createItems(bench.db);
  const loads = await benchLoads(bench.db, bench.url, rows, rounds);
  const upserts = await benchUpserts(bench.db, bench.url, rows / 2);
  const poison = await benchPoison(bench.db, bench.url);
  const pickup = await benchPickup(bench.db, bench.url, PICKUPS);
  report('batch', [...loads, ...upserts, ...poison, ...pickup], { rows, rounds }, rows >= FULL_ROWS);
} finally {
  await bench.close();
}
