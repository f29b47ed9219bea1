import { Environment } from '../../src/config/environment.js';
import { readText } from '../support/source-files.js';

interface Entry {
  readonly comment: string;
  readonly name: string;
  readonly value: string;
}

/** Variables of .env.example with the line above each. */
function entries(): Entry[] {
  const lines = readText('.env.example').split('\n');
  return lines.flatMap((line, index) => {
    const [, name, value = ''] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ comment: lines[index - 1] ?? '', name, value }];
  });
}

describe('.env.example', () => {
  it('lists the variables of the schema, all and no others, in the same order', () => {
    expect(entries().map(({ name }) => name)).toEqual(Object.keys(Environment.shape));
  });

  it('gives every variable a comment', () => {
    expect(entries().filter(({ comment }) => !comment.startsWith('# '))).toEqual([]);
  });

  it('shows the default of every variable', () => {
    const shown = Object.fromEntries(
      entries().flatMap(({ name, value }) => (value === '' ? [] : [[name, value]])),
    );

    expect(Environment.parse(shown)).toEqual(Environment.parse({}));
    expect(Object.keys(shown).sort()).toEqual(Object.keys(Environment.parse({})).sort());
  });
});
