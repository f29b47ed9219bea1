import { nodesOf, readPlanTree } from './plan-tree.js';

const JSON_PLAN = {
  Plan: {
    'Node Type': 'Hash Join',
    'Join Type': 'Inner',
    'Total Cost': 100,
    'Plan Rows': 7,
    'Plan Width': 8,
    'Hash Cond': '(a.id = b.id)',
    'Actual Rows': 6,
    'Actual Loops': 1,
    'Actual Total Time': 10,
    Plans: [
      {
        'Node Type': 'Seq Scan',
        'Parent Relationship': 'Outer',
        Schema: 'public',
        'Relation Name': 'a',
        Alias: 'x',
        'Total Cost': 60,
        'Plan Rows': 9,
        'Plan Width': 4,
        Filter: '(x.n > 1)',
        'Rows Removed by Filter': 3,
        'Actual Rows': 9,
        'Actual Loops': 2,
        'Actual Total Time': 3,
      },
      {
        'Node Type': 'Hash',
        'Parent Relationship': 'Inner',
        'Total Cost': 30,
        'Plan Rows': 1,
        'Plan Width': 4,
      },
    ],
  },
};

describe('readPlanTree', () => {
  it('gives each node its place, its own cost and its share', () => {
    const top = readPlanTree(JSON_PLAN);

    expect(nodesOf(top).map(({ id, type, cost }) => [id, type, cost.self, cost.share])).toEqual([
      ['0', 'Hash Join', 10, 0.1],
      ['0.0', 'Seq Scan', 60, 0.6],
      ['0.1', 'Hash', 30, 0.3],
    ]);
  });

  it('reads names, conditions and what was measured', () => {
    const [, scan] = nodesOf(readPlanTree(JSON_PLAN));

    expect(scan).toMatchObject({
      schema: 'public',
      relation: 'a',
      alias: 'x',
      role: 'Outer',
      conditions: { Filter: '(x.n > 1)' },
      rows: { planned: 9, actual: 9, removed: 3 },
      actual: { loops: 2, totalMs: 6, selfMs: 6 },
    });
  });

  it('has nothing measured in a plan that was not run', () => {
    const [, , hash] = nodesOf(readPlanTree(JSON_PLAN));

    expect(hash).toMatchObject({ actual: null, rows: { actual: null, removed: null } });
  });
});
