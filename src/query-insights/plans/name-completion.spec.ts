import { completeNames } from './name-completion.js';

describe('completeNames', () => {
  it('writes schemas before names, counting bytes, in whatever order they come', () => {
    const text = `SELECT 'ä' FROM t, u`;
    const at = (name: string): number => Buffer.from(text).lastIndexOf(name);

    const completed = completeNames(text, [
      { at: at('u'), schema: 'a"b' },
      { at: at('t'), schema: 'public' },
    ]);

    expect(completed).toBe(`SELECT 'ä' FROM "public".t, "a""b".u`);
  });
});
