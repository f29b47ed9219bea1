import { groupKey, groupLabels } from './group-key.js';

const LABELS = { alertname: 'slow "shop"\n', severity: 'critical', source: 'eu' };

describe('groupKey', () => {
  it('names the labels that a group has in common, sorted and quoted', () => {
    expect(groupKey(LABELS, ['severity', 'alertname', 'severity'])).toBe(
      '{alertname="slow \\"shop\\"\\n",severity="critical"}',
    );
  });

  it('is one for all without labels, and one for each alert with all of them', () => {
    expect(groupKey(LABELS, [])).toBe('{}');
    expect(groupKey(LABELS, ['absent', 'constructor'])).toBe('{}');
    expect(groupLabels(LABELS, ['...'])).toEqual(LABELS);
  });

  it('fits into an index however long labels are, and tells them apart', () => {
    const keys = ['x', 'y'].map((end) => groupKey({ long: 'ü'.repeat(5_000) + end }, ['long']));

    expect(keys.every((key) => key.length < 500)).toBe(true);
    expect(new Set(keys).size).toBe(2);
  });
});
