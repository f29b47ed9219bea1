import { readPlanTree } from '../plan-tree.js';
import type { Finding, RelationSize } from './finding.js';
import { findInPlan } from './find-in-plan.js';

const MIB = 1_048_576;

type Json = Readonly<Record<string, unknown>>;

const node = (type: string, fields: Json = {}, ...plans: readonly Json[]): Json => ({
  'Node Type': type,
  'Total Cost': 1_000,
  'Plan Rows': 10,
  'Plan Width': 100,
  ...fields,
  Plans: plans,
});

const scan = (fields: Json = {}): Json =>
  node('Seq Scan', { Schema: 'public', 'Relation Name': 'orders', Alias: 'o', ...fields });

const measured = (rows: number, fields: Json = {}): Json => ({
  'Actual Rows': rows,
  'Actual Loops': 1,
  'Actual Total Time': 5,
  ...fields,
});

function find(plan: Json, rows = 500_000): readonly Finding[] {
  const sizes = new Map<string, RelationSize>([['public.orders', { rows, bytes: rows * 100 }]]);
  return findInPlan(readPlanTree({ Plan: plan }), { sizes, workMemBytes: 4 * MIB });
}

const kinds = (plan: Json, rows?: number): string[] => find(plan, rows).map(({ kind }) => kind);

describe('findInPlan', () => {
  it('finds a large table that is read as a whole, and the index that would help', () => {
    const found = find(scan({ Filter: "((o.status = 'open'::text) AND (o.total > 5))" }));

    expect(found.map(({ kind }) => kind)).toEqual(['sequential-scan', 'filter', 'missing-index']);
    expect(found[0]).toMatchObject({
      node: '0',
      path: 'Seq Scan on orders',
      isMeasured: false,
      figures: { rowsRead: 500_000, rowsKept: 10, tableBytes: 50_000_000 },
    });
    expect(found[2]?.figures).toMatchObject({ table: 'public.orders', columns: 'status, total' });
  });

  it('says nothing about a small table', () => {
    expect(kinds(scan({ Filter: '(o.id = 1)' }), 500)).toEqual([]);
  });

  it('names a full read without a filter as what it is', () => {
    expect(find(scan({ 'Plan Rows': 500_000 }))).toMatchObject([
      { kind: 'sequential-scan', severity: 'info' },
    ]);
  });

  it('proposes no index where alternatives or expressions stand in the filter', () => {
    expect(kinds(scan({ Filter: '((o.a = 1) OR (o.b = 2))' }))).not.toContain('missing-index');
  });

  it('finds a guess that is off by ten, where it begins', () => {
    const below = node('Index Scan', { 'Relation Name': 'orders', 'Plan Rows': 5, ...measured(5_000) });

    const found = find(node('Sort', { 'Plan Rows': 5, ...measured(5_000) }, below));

    expect(found.filter(({ kind }) => kind === 'row-estimate')).toMatchObject([
      { node: '0.0', path: 'Sort > Index Scan on orders', figures: { factor: 1_000 }, severity: 'critical' },
    ]);
  });

  it.each([
    ['is off by less', 500, 4_999],
    ['is about few rows', 1, 90],
  ])('says nothing about a guess that %s', (_, planned, actual) => {
    expect(kinds(node('Index Scan', { 'Plan Rows': planned, ...measured(actual) }))).toEqual([]);
  });

  it('says nothing about rows that a LIMIT did not ask for', () => {
    const below = node('Index Scan', { 'Plan Rows': 100_000, ...measured(10) });

    expect(kinds(node('Limit', { 'Plan Rows': 10, ...measured(10) }, below))).toEqual([]);
  });

  it('finds a nested loop over many rows, guessed and measured', () => {
    const inner = node('Index Scan', { 'Parent Relationship': 'Inner', 'Plan Rows': 1 });
    const planned = node('Nested Loop', {}, node('Index Scan', { 'Plan Rows': 50_000 }), inner);
    const run = node(
      'Nested Loop',
      measured(50_000, { 'Plan Rows': 50_000 }),
      node('Index Scan', { 'Plan Rows': 50_000, ...measured(50_000) }),
      node('Index Scan', { 'Plan Rows': 1, ...measured(1, { 'Actual Loops': 50_000 }) }),
    );

    expect(kinds(planned)).toEqual(['nested-loop']);
    expect(find(run)).toMatchObject([{ kind: 'nested-loop', isMeasured: true, figures: { loops: 50_000 } }]);
  });

  it('says nothing about a nested loop over few rows', () => {
    expect(kinds(node('Nested Loop', {}, node('Index Scan'), node('Index Scan')))).toEqual([]);
  });

  it('finds a sort on disk when it was measured, and predicts it otherwise', () => {
    const input = node('Index Scan', { 'Plan Rows': 100_000, ...measured(100_000) });
    const sorted = { 'Plan Rows': 100_000, ...measured(100_000) };
    const onDisk = node('Sort', { ...sorted, 'Sort Space Type': 'Disk', 'Sort Space Used': 12_000 }, input);
    const inMemory = node('Sort', { ...sorted, 'Sort Space Type': 'Memory', 'Sort Space Used': 900 }, input);
    const planned = node('Sort', { 'Plan Rows': 100_000 }, node('Index Scan', { 'Plan Rows': 100_000 }));

    expect(find(onDisk)).toMatchObject([
      { kind: 'spill', isMeasured: true, figures: { diskBytes: 12_288_000 } },
    ]);
    expect(kinds(inMemory)).toEqual([]);
    expect(find(planned)).toMatchObject([{ kind: 'spill', isMeasured: false, severity: 'info' }]);
  });

  it('finds a hash in several batches', () => {
    const hash = node(
      'Hash',
      { ...measured(10), 'Hash Batches': 8, 'Temp Written Blocks': 100 },
      node('Index Scan', measured(10)),
    );

    expect(find(hash)).toMatchObject([{ kind: 'spill', figures: { batches: 8, diskBytes: 819_200 } }]);
  });

  it('finds a filter behind an index that throws most rows away', () => {
    const plan = node('Index Scan', {
      'Relation Name': 'orders',
      'Index Cond': '(o.customer_id = 1)',
      Filter: '(o.total > 5)',
      'Rows Removed by Filter': 20_000,
      ...measured(10),
    });

    expect(find(plan)).toMatchObject([{ kind: 'filter', isMeasured: true, figures: { rowsRead: 20_010 } }]);
  });

  it('puts the worst first', () => {
    const found = find(
      scan({ Filter: '(o.status = 1)', 'Rows Removed by Filter': 5_000_000, ...measured(10) }),
    );

    expect(found[0]).toMatchObject({ kind: 'sequential-scan', severity: 'critical' });
  });

  it('finds nothing in an empty plan', () => {
    expect(findInPlan(readPlanTree({}), { sizes: new Map(), workMemBytes: 1 })).toEqual([]);
  });
});
