import { brotliCompressSync } from 'node:zlib';
import { Random } from '../../../test/support/random.js';
import { CELL_COUNT } from '../consistency/cells.js';
import { MOST_CELLS } from '../loading/entry-policy.js';
import { type Decoded, decodeEnvelope, encodeEnvelope, type EnvelopeHead, headOf } from './envelope.js';

const KEY = 'account:42:summary';
const MAX_BYTES = 1_000_000;
const HEAD: EnvelopeHead = {
  epoch: 'epoch-1',
  asOf: 7,
  storedAtMs: 1_790_000_000_000,
  ttlMs: 300_000,
  graceMs: 60_000,
  costMs: 12,
  cells: [0, 5, CELL_COUNT - 1],
  fillId: 'fill-1',
};
const BOMB_BYTES = 50_000_000;
const BOMB = brotliCompressSync(Buffer.alloc(BOMB_BYTES, '1'));

const envelopeOf = (value: unknown, head = HEAD, key = KEY): Promise<Buffer> =>
  encodeEnvelope(key, head, JSON.stringify(value));
const decode = async (raw: Buffer, key = KEY, maxBytes = MAX_BYTES): Promise<Decoded> =>
  decodeEnvelope(key, raw, maxBytes);
const poisonOf = async (raw: Buffer, key = KEY, maxBytes = MAX_BYTES): Promise<unknown> => {
  const decoded = await decode(raw, key, maxBytes);
  return 'poison' in decoded ? decoded.poison : undefined;
};

/** An envelope with some fields of its header, by their place, replaced. */
function crafted(fields: Readonly<Record<number, unknown>>, payload = Buffer.from('[1]')): Buffer {
  const header: unknown[] = ['plimsoll-cache-1', 'fill-1', 'j', payload.length, payload.length];
  header.push(7, 1_790_000_000_000, 300_000, 60_000, 12, 'epoch-1', [1], KEY);
  for (const [place, value] of Object.entries(fields)) header[Number(place)] = value;
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), payload]);
}

const rows = (count: number): unknown =>
  Array.from({ length: count }, (_, id) => ({ id, name: `Zürich ${id}` }));

describe('an envelope', () => {
  it.each([
    ['null', null],
    ['false', false],
    ['empty text', ''],
    ['lines', 'a\nb'],
    ['a small value', rows(3)],
    ['one that is compressed at once', rows(1_000)],
    ['one that is compressed by a thread', rows(10_000)],
    ['text that hardly becomes shorter', Array.from({ length: 2_000 }, (_, id) => Math.sin(id))],
  ])('gives back %s with its head', async (_what, value) => {
    const decoded = await decode(await envelopeOf(value));

    expect(decoded).toEqual({ head: HEAD, value, bytes: Buffer.byteLength(JSON.stringify(value)) });
    expect('value' in decoded && Object.isFrozen(decoded.value)).toBe(true);
  });

  it('is much shorter than a long value', async () => {
    const raw = await envelopeOf(rows(10_000));

    expect(raw.length).toBeLessThan(JSON.stringify(rows(10_000)).length / 3);
  });

  it.each(['\u0001'.repeat(65_536), '漢"\\'.repeat(21_845), 'a\nb', '__proto__', '\u2028👩'])(
    'carries any key (%#), and is recognised by its header',
    async (key) => {
      const raw = await envelopeOf([1], HEAD, key);

      expect(await decode(raw, key)).toMatchObject({ value: [1] });
      expect(headOf(raw).toString()).toContain('fill-1');
      expect(headOf(raw).at(-1)).toBe(10);
    },
  );

  it('carries as many cells as a value may have', async () => {
    const cells = Array.from({ length: MOST_CELLS }, (_, index) => index);

    expect(await decode(await envelopeOf([1], { ...HEAD, cells }))).toMatchObject({ head: { cells } });
  });
});

describe('decodeEnvelope', () => {
  it('takes a header that is put together by hand, so that the cases below fail for their own reason', async () => {
    expect(await decode(crafted({}))).toMatchObject({ value: [1], bytes: 3 });
    expect(await decode(crafted({ 2: 'b', 4: 3 }, brotliCompressSync('[1]')))).toMatchObject({ value: [1] });
  });

  it.each<[string, Readonly<Record<number, unknown>>]>([
    ['a field too many', { 13: 1 }],
    ['a number as id of the fill', { 1: 1 }],
    ['an unknown codec', { 2: 'z' }],
    ['another length', { 3: 4 }],
    ['another plain length', { 4: 4 }],
    ['a position that is text', { 5: '7' }],
    ['a position that is negative', { 5: -1 }],
    ['a position that is null', { 5: null }],
    ['a position no number can hold', { 5: 1e300 }],
    ['a time too large', { 6: 2 ** 60 }],
    ['a negative TTL', { 7: -1 }],
    ['grace in an array', { 8: [1] }],
    ['cost as an object', { 9: {} }],
    ['an epoch that is a number', { 10: 1 }],
    ['cells that are text', { 11: '1' }],
    ['a cell that is a fraction', { 11: [0.5] }],
    ['a cell that is negative', { 11: [-1] }],
    ['a cell that does not exist', { 11: [CELL_COUNT] }],
    ['a cell that is null', { 11: [null] }],
    ['too many cells', { 11: new Array(MOST_CELLS + 1).fill(1) }],
    ['no key', { 12: null }],
  ])('refuses a header with %s', async (_what, fields) => {
    expect(await poisonOf(crafted(fields))).toBe('malformed');
  });

  it('refuses an infinite time, which JSON can write', async () => {
    const raw = Buffer.from(crafted({}).toString().replace(',300000,', ',1e9999,'));

    expect(await poisonOf(raw)).toBe('malformed');
  });

  it('tells another version, another key and too long a value apart', async () => {
    const tenMegabytes = await envelopeOf(Array.from({ length: 1_000_000 }, () => Math.PI));

    expect(await poisonOf(crafted({ 0: 'plimsoll-cache-0' }))).toBe('version');
    expect(await poisonOf(crafted({ 0: 'plimsoll-cache-11' }))).toBe('version');
    expect(await poisonOf(crafted({}), 'account:43')).toBe('foreign-key');
    expect(await poisonOf(tenMegabytes)).toBe('oversize');
    expect(await poisonOf(crafted({}), KEY, 2)).toBe('oversize');
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a new line', Buffer.from('\n')],
    ['a value of somebody else', Buffer.from('{"user":1}')],
    ['a value of somebody else with lines', Buffer.from('{\n"user":1}')],
    ['a header without end', Buffer.from('["plimsoll-cache-1","')],
    ['a header that is no JSON', Buffer.from('["plimsoll-cache-1",\n[1]')],
    ['10 MB without a line', Buffer.alloc(10_000_000, 'a')],
    ['a header of 10 MB', Buffer.from(`["plimsoll-cache-1",${'['.repeat(10_000_000)}\n`)],
    ['a payload that is no JSON', crafted({}, Buffer.from('[1'))],
    ['a payload that is empty', crafted({}, Buffer.alloc(0))],
    ['a payload with a byte order mark', crafted({}, Buffer.from('\ufeff[1]'))],
    ['a payload that nests without end', crafted({}, Buffer.from('['.repeat(200_000) + ']'.repeat(200_000)))],
    ['a payload that is no UTF-8', crafted({}, Buffer.from([0x22, 0xff, 0x22]))],
    ['a payload with half a surrogate pair', crafted({}, Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))],
    ['a payload that is no Brotli', crafted({ 2: 'b' }, Buffer.from('[1]'))],
    ['a payload that is no Brotli, and long', crafted({ 2: 'b', 4: 900_000 }, Buffer.alloc(200_000, 'x'))],
    ['Brotli that becomes longer than it says', crafted({ 2: 'b', 4: 100 }, BOMB)],
    ['Brotli that becomes shorter than it says', crafted({ 2: 'b', 4: 100 }, brotliCompressSync('[1]'))],
    ['Brotli that becomes longer by a thread', crafted({ 2: 'b', 4: MAX_BYTES }, BOMB)],
    ['Brotli that becomes no UTF-8', crafted({ 2: 'b', 4: 1 }, brotliCompressSync(Buffer.from([0xff])))],
    ['Brotli of no length', crafted({ 2: 'b', 4: 0 }, brotliCompressSync(''))],
  ])('refuses %s', async (_what, raw) => {
    expect(await poisonOf(raw)).toBe('malformed');
  });

  it('does not even begin to unpack what says that it is too long', async () => {
    expect(await poisonOf(crafted({ 2: 'b', 4: BOMB_BYTES }, BOMB))).toBe('oversize');
  });

  it('refuses an envelope that is cut anywhere', async () => {
    for (const value of [rows(3), rows(1_000)]) {
      const raw = await envelopeOf(value);
      for (let length = 0; length < raw.length; length += length < 400 ? 1 : 97)
        expect(await poisonOf(raw.subarray(0, length))).toBe('malformed');
    }
  });

  it('survives 10,000 damaged envelopes, and takes none for another key', async () => {
    const random = new Random(20_260_301);
    const originals = await Promise.all([rows(2), rows(400), rows(4_000)].map((value) => envelopeOf(value)));

    for (let round = 0; round < 10_000; round += 1) {
      const raw = damaged(random.of(round % 50 === 0 ? originals : originals.slice(0, 2)), random);
      const decoded = await decode(raw);
      const isSound = 'poison' in decoded || (Object.isFrozen(decoded.value) && decoded.bytes <= MAX_BYTES);
      if (!isSound) throw new TypeError(`round ${round}: ${JSON.stringify(decoded).slice(0, 200)}`);
      expect(await poisonOf(raw, 'account:43')).toBeDefined();
    }
  });

  it('survives 5,000 runs of random bytes', async () => {
    const random = new Random(3);

    for (let round = 0; round < 5_000; round += 1) {
      const raw = Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256)));
      expect(await poisonOf(raw)).toBe('malformed');
    }
  });
});

/** A copy with one to four bytes changed, dropped or doubled, or parts of it exchanged. */
function damaged(original: Buffer, random: Random): Buffer {
  let raw = Buffer.from(original);
  for (let times = random.below(4); times >= 0; times -= 1) {
    const at = random.below(Math.min(raw.length, random.of([200, raw.length])));
    const rest = raw.subarray(at);
    const change = random.below(4);
    if (change === 0) raw[at] = random.below(256);
    else if (change === 1) raw = Buffer.concat([raw.subarray(0, at), rest.subarray(1)]);
    else if (change === 2) raw = Buffer.concat([raw.subarray(0, at), rest.subarray(0, 3), rest]);
    else raw = Buffer.concat([raw.subarray(0, at), Buffer.from(random.of(['9', '"', ']', '\n', '1e999']))]);
    if (raw.length === 0) raw = Buffer.from(' ');
  }
  return raw;
}

describe('headOf', () => {
  it('is the header line, and the beginning of what has none', async () => {
    const raw = await envelopeOf([1]);

    expect(headOf(raw).equals(raw.subarray(0, raw.indexOf(10) + 1))).toBe(true);
    expect(headOf(Buffer.alloc(5_000, 'a'))).toHaveLength(1_024);
  });

  it('differs between two fills of one value', async () => {
    const [first, second] = await Promise.all([
      envelopeOf([1]),
      envelopeOf([1], { ...HEAD, fillId: 'fill-2' }),
    ]);

    expect(headOf(first).equals(headOf(second))).toBe(false);
  });
});
