import { nextTurn } from '../../kernel/turn.js';
import { type PlaceCall, PlaceWishes } from './place-wishes.js';

describe('PlaceWishes', () => {
  it('sends what a tenant wishes in one turn together, in its order, each set once', async () => {
    const calls: PlaceCall[] = [];
    const wishes = new PlaceWishes((call) => {
      calls.push(call);
      return Promise.resolve([0, 0, 2]);
    });

    const answers = Promise.all([
      wishes.take('1', 'a', [{ name: 'all', limit: 9 }]),
      wishes.leave('1', 'a', 'all'),
      wishes.take('1', 'b', [
        { name: 'all', limit: 9 },
        { name: 'user', limit: 1 },
      ]),
    ]);

    expect(await answers).toEqual([0, 0, 2]);
    expect(calls).toEqual([
      { names: ['all', 'user'], args: ['a', 1, 1, 9, 'a', 1, 1, -1, 'b', 2, 1, 9, 2, 1] },
    ]);
  });

  it('sends tenants apart, because their sets may be in different slots, and later turns by themselves', async () => {
    const names: (readonly string[])[] = [];
    const wishes = new PlaceWishes((call) => {
      names.push(call.names);
      return Promise.resolve([0]);
    });

    await Promise.all([wishes.leave('1', 'a', 'one'), wishes.leave('2', 'b', 'two')]);
    await wishes.leave('1', 'a', 'one');

    expect(names).toEqual([['one'], ['two'], ['one']]);
  });

  it('does not wait with more than 64 of a tenant', async () => {
    const sizes: number[] = [];
    const wishes = new PlaceWishes(({ args }) => {
      sizes.push(args.length / 4);
      return Promise.resolve(Array.from({ length: 64 }, () => 0));
    });

    for (let count = 0; count < 70; count += 1) void wishes.leave('1', String(count), 'one');
    const sentAtOnce = [...sizes];
    await nextTurn();
    await nextTurn();

    expect([sentAtOnce, sizes]).toEqual([[64], [64, 6]]);
  });

  it('gathers what comes while a call is on its way, so that it makes few of them', async () => {
    const sizes: number[] = [];
    const answers: (() => void)[] = [];
    const wishes = new PlaceWishes(({ args }) => {
      sizes.push(args.length / 4);
      return new Promise((resolve) => {
        answers.push(() => resolve(Array.from({ length: 64 }, () => 0)));
      });
    });

    const all = [wishes.leave('1', 'a', 'one')];
    await nextTurn();
    await nextTurn();
    for (const holder of ['b', 'c', 'd']) {
      all.push(wishes.leave('1', holder, 'one'));
      await nextTurn();
    }
    const sentMeanwhile = [...sizes];
    answers[0]?.();
    await all[0];
    await nextTurn();
    answers[1]?.();
    await Promise.all(all);

    expect([sentMeanwhile, sizes]).toEqual([[1], [1, 3]]);
  });

  it('fails all of a call that fails, and goes on', async () => {
    let calls = 0;
    const wishes = new PlaceWishes(() => {
      calls += 1;
      return calls === 1 ? Promise.reject(new TypeError('away')) : Promise.resolve([0]);
    });

    const failed = await Promise.allSettled([wishes.leave('1', 'a', 'one'), wishes.leave('1', 'b', 'one')]);

    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await wishes.leave('1', 'a', 'one')).toBe(0);
  });
});
