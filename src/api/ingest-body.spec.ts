import { z } from 'zod';
import { ingestBody } from './ingest-body.js';

/** A row that counts how often one was looked at. */
function countingRow() {
  const seen = { rows: 0 };
  const row = z.custom<number>((value) => {
    seen.rows += 1;
    return typeof value === 'number';
  }, 'must be a number');
  return { row, seen };
}

describe('ingestBody', () => {
  it('takes 10,000 rows, and refuses more without looking at any', () => {
    const { row, seen } = countingRow();
    const { validate } = ingestBody(row, 'events')['~standard'];

    expect(validate({ events: Array(10_000).fill(1) }).value?.rows).toHaveLength(10_000);
    seen.rows = 0;
    expect(validate({ events: Array(10_001).fill(1) })).toMatchObject({ issues: [{ path: ['events'] }] });
    expect(seen.rows).toBe(0);
  });

  it('stops at the issues an answer can show', () => {
    const { row, seen } = countingRow();

    const { issues } = ingestBody(row, 'events')['~standard'].validate({
      events: [1, ...Array(9_000).fill('x')],
    });

    expect(issues).toHaveLength(20);
    expect(issues?.[0]).toMatchObject({ path: ['events', 1], message: 'must be a number' });
    expect(seen.rows).toBe(21);
  });
});
