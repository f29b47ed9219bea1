import { shapeOf } from './plan-shape.js';

const SCAN = { 'Node Type': 'Seq Scan', 'Relation Name': 'events', 'Plan Rows': 1_000 };
const LOOKUP = {
  'Node Type': 'Index Scan',
  'Relation Name': 'things',
  'Index Name': 'things_pkey',
  'Plan Rows': 1,
};

describe('shapeOf', () => {
  it('names nodes, tables and indexes, and adds up what scans expect', () => {
    const plan = { 'Node Type': 'Nested Loop', 'Plan Rows': 5, Plans: [SCAN, LOOKUP] };

    expect(shapeOf([{ Plan: { 'Node Type': 'Limit', Plans: [plan] } }])).toEqual({
      shape: 'Limit(Nested Loop(Seq Scan events, Index Scan things_pkey))',
      rows: 1_001,
    });
  });

  it.each([[undefined], [[]], ['Seq Scan'], [[{}]]])('knows what is no plan: %j', (answer) => {
    expect(shapeOf(answer)).toBeUndefined();
  });

  it('is bounded, however large the plan', () => {
    const plan = { 'Node Type': 'Append', Plans: Array.from({ length: 1_000 }, () => SCAN) };

    expect(shapeOf([{ Plan: plan }])?.shape).toHaveLength(1_000);
  });
});
