import { redactParameters } from './redaction.js';

describe('redactParameters', () => {
  it('tells types and lengths, and never values', () => {
    const values = [
      'secret',
      42,
      null,
      true,
      Buffer.from('secret'),
      ['secret'],
      new Date(0),
      { a: 'secret' },
    ];

    const told = redactParameters(values);

    expect(told).toEqual([
      { type: 'text', length: 6 },
      { type: 'number' },
      { type: 'null' },
      { type: 'boolean' },
      { type: 'bytea', length: 6 },
      { type: 'array', length: 1 },
      { type: 'timestamp' },
      { type: 'object' },
    ]);
    expect(JSON.stringify(told)).not.toContain('secret');
  });
});
