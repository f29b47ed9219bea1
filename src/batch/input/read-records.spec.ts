import { Random } from '../../../test/support/random.js';
import { LONGEST_RECORD_BYTES } from './read-lines.js';
import { type InputRecord, readRecords } from './read-records.js';

type Format = 'ndjson' | 'csv';

async function* streamOf(chunks: readonly (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) {
    await Promise.resolve();
    yield Buffer.from(chunk);
  }
}

async function read(format: Format, ...chunks: (string | Buffer)[]): Promise<InputRecord[]> {
  const records: InputRecord[] = [];
  for await (const record of readRecords(streamOf(chunks), format)) records.push(record);
  return records;
}

/** In pieces of 1 to 7 bytes: through characters, line ends and quotes. */
function piecesOf(text: string, random: Random): Buffer[] {
  const bytes = Buffer.from(text);
  const pieces: Buffer[] = [];
  for (let from = 0; from < bytes.length;) {
    const to = from + 1 + random.below(7);
    pieces.push(bytes.subarray(from, to));
    from = to;
  }
  return pieces;
}

const invalid = (line: number, problem?: RegExp) => ({
  code: 'BATCH_INPUT_INVALID',
  kind: 'invalid',
  details: { line, problem: problem === undefined ? expect.any(String) : expect.stringMatching(problem) },
});

describe('readRecords of NDJSON', () => {
  it('gives objects with their lines; skips blank lines, a BOM and carriage returns', async () => {
    const records = await read('ndjson', '\uFEFF{"a":1}\r\n\r\n  \n{"a":"ü\\n"}');

    expect(records).toEqual([
      { line: 1, value: { a: 1 } },
      { line: 4, value: { a: 'ü\n' } },
    ]);
  });

  it.each([
    ['{"a":1}\n{"a":', 2, /no JSON/],
    ['{"a":1}\n\n[1]', 3, /no JSON object/],
    ['null', 1, /no JSON object/],
    ['{}\n"text"\n', 2, /no JSON object/],
    ['{}\n{"a":"\0"}\n', 2, /NUL/],
  ])('refuses %j by line %d', async (text, line, problem) => {
    await expect(read('ndjson', text)).rejects.toMatchObject(invalid(line, problem));
  });

  it('gives the records before a bad one', async () => {
    const records = readRecords(streamOf(['{"a":1}\n{']), 'ndjson');

    expect(await records.next()).toMatchObject({ value: { value: { a: 1 } } });
    await expect(records.next()).rejects.toMatchObject(invalid(2));
  });
});

describe('readRecords of CSV', () => {
  it('gives texts by header, with the line where a record begins', async () => {
    const text = '\uFEFFa,b\r\n1,"x, ""y"""\r\n2,"two\nlines"\r\n\r\n3,\r\n';

    expect(await read('csv', text)).toEqual([
      { line: 2, fieldsLine: 1, value: { a: '1', b: 'x, "y"' } },
      { line: 3, fieldsLine: 1, value: { a: '2', b: 'two\nlines' } },
      { line: 6, fieldsLine: 1, value: { a: '3', b: '' } },
    ]);
  });

  it('keeps the line ends inside quotes as they are', async () => {
    expect(await read('csv', 'a,b\r\n"1\r\n2","3\n4"\r\n')).toEqual([
      { line: 2, fieldsLine: 1, value: { a: '1\r\n2', b: '3\n4' } },
    ]);
  });

  it('takes files whose lines end in two ways', async () => {
    expect(await read('csv', 'a\r\n1\n2\r\n')).toEqual([
      { line: 2, fieldsLine: 1, value: { a: '1' } },
      { line: 3, fieldsLine: 1, value: { a: '2' } },
    ]);
  });

  it('has fields of its own only', async () => {
    const [record] = await read('csv', '__proto__,a\n1,2\n');

    expect(Object.keys(record?.value ?? {})).toEqual(['__proto__', 'a']);
  });

  it.each([
    ['a,a\n1,2\n', 1, /twice/],
    ['a,\n1,2\n', 1, /without a name/],
    ['a,b\n1,2\n\n1\n', 4, /number of values/],
    ['a,b\n1,2,3\n', 2, /number of values/],
    ['a\n1\n"2\n3\n', 3, /quote/],
    ['a\n1\n"2"x\n', 3, /quote/],
    ['a\n1\n\0\n', 3, /NUL/],
    ['a\n"1\r\n\r\n2"\r\n3,3\r\n', 5, /number of values/],
    ['a\n1\nx"y"\n', 3, /quote/],
  ])('refuses %j by line %d', async (text, line, problem) => {
    await expect(read('csv', text)).rejects.toMatchObject(invalid(line, problem));
  });

  it('says so when a quote is open over more than a record may have', async () => {
    const lines = Array.from({ length: 40 }, () => `${'x'.repeat(50_000)}\n`);

    await expect(read('csv', 'a\n"', ...lines)).rejects.toMatchObject(invalid(2, /1048576|quote/));
  });

  it('ends the source when its reader has had enough', async () => {
    let isEnded = false;
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        yield Buffer.from('a\n');
        for (;;) {
          await new Promise((resolve) => setImmediate(resolve));
          yield Buffer.from('1\n'.repeat(1_000));
        }
      } finally {
        isEnded = true;
      }
    }

    for await (const { value } of readRecords(endless(), 'csv')) {
      expect(value).toEqual({ a: '1' });
      break;
    }

    await new Promise((resolve) => setImmediate(resolve));
    expect(isEnded).toBe(true);
  });
});

describe.each(['ndjson', 'csv'] as const)('readRecords of %s', (format) => {
  const good = format === 'csv' ? 'a\n1\n' : '{"a":"1"}\n{"a":"1"}\n';

  it('gives nothing of nothing', async () => {
    expect(await read(format)).toEqual([]);
  });

  it('passes on what its source throws', async () => {
    async function* cut(): AsyncGenerator<Buffer> {
      yield Buffer.from(good);
      await Promise.resolve();
      throw new TypeError('the sender went away');
    }
    const drain = async (): Promise<void> => {
      for await (const { value } of readRecords(cut(), format)) expect(value).toEqual({ a: '1' });
    };

    await expect(drain()).rejects.toThrow('the sender went away');
  });

  it('refuses what is no UTF-8', async () => {
    await expect(read(format, good, Buffer.from([0x22, 0xc3, 0x28, 0x22, 10]))).rejects.toMatchObject(
      invalid(3, /UTF-8/),
    );
  });

  it.each([[['x'.repeat(LONGEST_RECORD_BYTES + 1)]], [Array.from({ length: 40 }, () => 'x'.repeat(50_000))]])(
    'refuses a line of more than a megabyte',
    async (chunks) => {
      await expect(read(format, good, ...chunks)).rejects.toMatchObject(invalid(3, /1048576/));
    },
  );

  it.each([1, 2, 3, 4, 5])('reads what was written, however it is cut (seed %d)', async (seed) => {
    const random = new Random(seed);
    const signs = ['a', 'ü', '漢', '😀', '"', ',', '\n', '\r\n', '\\', ' ', "'", ''];
    const text = (): string => Array.from({ length: random.below(8) }, () => random.of(signs)).join('');
    // No empty text: a CSV line of one empty value would be blank.
    const records = Array.from({ length: 60 }, () => ({ a: `x${text()}`, 'ö b': text() }));
    const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;
    const lines =
      format === 'ndjson'
        ? records.map((record) => JSON.stringify(record))
        : ['a,ö b', ...records.map((record) => Object.values(record).map(quoted).join(','))];
    const end = random.of(['\n', '\r\n']);

    const found = await read(format, ...piecesOf(lines.join(end) + end, random));

    expect(found.map(({ value }) => value)).toEqual(records);
  });
});
