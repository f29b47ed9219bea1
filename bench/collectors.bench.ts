// Question: do ingest, rollups and statistics of collector events reach their goals on the embedded server?
// Run: npm run bench -- collectors [--rows 2000000] [--changes 10000]     Compare rows of one run only.
import { parseArgs } from 'node:util';
import { collectorsOn, createTenant } from '../test/support/collectors.js';
import { benchDrift } from './collectors/drift.js';
import { benchIngest } from './collectors/ingest.js';
import { benchProcess } from './collectors/process.js';
import { benchReads } from './collectors/reads.js';
import { benchRefresh } from './collectors/refresh.js';
import { loadSeries } from './collectors/series-data.js';
import { openBenchDatabase } from './support/embedded-database.js';
import { report } from './support/report.js';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '2000000' }, changes: { type: 'string', default: '10000' } },
});
const rowCount = Number(values.rows);
const changeCount = Number(values.changes);

const bench = await openBenchDatabase();
try {
  const collectors = collectorsOn(bench.db);
  await collectors.partitions.ensure();
  const ingest = await benchIngest(bench.db, collectors);
  const tenantId = await createTenant(bench.db, 'bench');
  await loadSeries(bench.db, tenantId, rowCount);
  const refresh = await benchRefresh(bench.db, collectors);
  const reads = await benchReads(bench.db, collectors, tenantId);
  const drift = await benchDrift(bench, changeCount);
  const process = await benchProcess();
  report('collectors', [...ingest, ...reads, ...refresh, ...drift, ...process], { rowCount, changeCount });
} finally {
  await bench.close();
}
