import { setImmediate as turn } from 'node:timers/promises';
import { ScriptBatch, type ScriptCall } from './script-batch.js';

describe('a batch of calls of a script', () => {
  let calls: ScriptCall[];

  beforeEach(() => {
    calls = [];
  });

  const batchThat = (answer: (call: ScriptCall) => unknown): ScriptBatch =>
    new ScriptBatch({ keys: ['token'], args: [300] }, (call) => {
      calls.push(call);
      return Promise.resolve().then(() => answer(call));
    });

  it('gathers what is asked in one turn, and gives each its answer', async () => {
    const batch = batchThat(() => ['one', 'two']);

    const answers = await Promise.all([batch.ask(['a', 'qa'], 'v1', 10), batch.ask(['b', 'qb'], 'v2', 20)]);

    expect(answers).toEqual(['one', 'two']);
    expect(calls).toEqual([{ keys: ['token', 'a', 'qa', 'b', 'qb'], args: [300, 'v1', 10, 'v2', 20] }]);
  });

  it('begins anew with the next turn', async () => {
    const batch = batchThat(() => [1]);
    await batch.ask(['a', 'qa'], 'v');
    await turn();
    await batch.ask(['b', 'qb'], 'v');

    expect(calls.map(({ keys }) => keys)).toEqual([
      ['token', 'a', 'qa'],
      ['token', 'b', 'qb'],
    ]);
  });

  it('leaves when it is long enough, and mixes up no answers', async () => {
    const batch = batchThat(({ args }) => args.slice(1));
    const values = Array.from({ length: 40 }, (_, index) => `v${index}`);

    const answers = await Promise.all(values.map((value) => batch.ask(['k', 'q'], value)));

    expect(answers).toEqual(values);
    expect(calls.map(({ args }) => args.length - 1)).toEqual([16, 16, 8]);
  });

  it('fails all of a call, and no other', async () => {
    const batch = batchThat(() => {
      if (calls.length === 1) throw new Error('away');
      return [1];
    });

    await expect(Promise.allSettled([batch.ask(['a', 'q'], 1), batch.ask(['b', 'q'], 2)])).resolves.toEqual([
      expect.objectContaining({ status: 'rejected' }),
      expect.objectContaining({ status: 'rejected' }),
    ]);
    await expect(batch.ask(['a', 'q'], 1)).resolves.toBe(1);
  });

  it.each([[null], ['text'], [[]]])('has no answer in %p', async (answer) => {
    const batch = batchThat(() => answer);

    await expect(batch.ask(['a', 'q'], 1)).resolves.toBeUndefined();
  });
});
