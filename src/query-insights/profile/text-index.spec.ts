import { TextIndex } from './text-index.js';

describe('TextIndex', () => {
  it('finds what a Map finds, among texts that differ anywhere', () => {
    const texts = Array.from({ length: 3_000 }, (_, index) => {
      const base = 'SELECT a, b, c FROM some_table WHERE id = $1 AND name = $2 ORDER BY created_at LIMIT 10';
      const at = (index * 7) % base.length;
      return `${base.slice(0, at)}${index}${base.slice(at)}`;
    });
    const index = new TextIndex<number>();
    for (const [place, text] of texts.entries()) index.add(text, place);

    expect(index.size).toBe(3_000);
    expect(texts.map((text) => index.get(Buffer.from(text).toString()))).toEqual(
      texts.map((_, place) => place),
    );
    expect(index.get('SELECT 1')).toBeUndefined();
    expect(index.get('')).toBeUndefined();
    expect(new Map(index.entries()).size).toBe(3_000);
  });

  it('tells thousands of texts apart that look alike', () => {
    const middle = (value: number): string =>
      `${'a'.repeat(101)}${String(value).padStart(5, '0')}${'b'.repeat(1_000)}`;
    const index = new TextIndex<number>();
    for (let value = 0; value < 5_000; value += 1) index.add(middle(value), value);

    for (let value = 0; value < 5_000; value += 1) expect(index.get(middle(value))).toBe(value);
  });

  it('is empty once it was cleared', () => {
    const index = new TextIndex<number>();
    index.add('a', 1);

    index.clear();

    expect([index.size, index.get('a'), [...index.entries()]]).toEqual([0, undefined, []]);
  });
});
