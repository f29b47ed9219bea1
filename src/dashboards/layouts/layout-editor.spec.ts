import { LayoutEditor } from './layout-editor.js';
import type { LayoutEffects } from './layout-effects.js';
import type { Edited, Wish } from './layout-wish.js';
import type { AskedWish, LayoutWriter } from './layout-writer.js';

const caller = { tenantId: '1', actor: 'anna' };

/** An editor whose effects end when the test says so; `log` is what began and ended, in order. */
function start() {
  const log: string[] = [];
  const ends: (() => void)[] = [];
  let number = 0;
  const writer = {
    fulfil: (_place: object, batch: readonly AskedWish[]) => {
      const outcomes = batch.map(() => ({ edited: { number: (number += 1) } as Edited }));
      log.push(`written ${outcomes.map(({ edited }) => edited.number).join()}`);
      return Promise.resolve(outcomes);
    },
  } as unknown as LayoutWriter;
  const effects = {
    committed: async (edits: readonly Edited[]) => {
      log.push(`telling ${edits.map((edited) => edited.number).join()}`);
      await new Promise<void>((resolve) => ends.push(resolve));
    },
  } as unknown as LayoutEffects;
  const editor = new LayoutEditor(writer, effects);
  const edit = (layoutId = '7') => {
    const wish: Wish = { layoutId, kind: 'update', plan: () => ({ changes: [] }) };
    void editor.edit(caller, wish).then((edited) => log.push(`answered ${edited.number}`));
  };
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  const endTelling = () => {
    ends.shift()?.();
    return settled();
  };
  return { log, edit, settled, endTelling };
}

describe('LayoutEditor', () => {
  it('writes the next changes while it tells of the last, and tells and answers in order', async () => {
    const { log, edit, settled, endTelling } = start();
    edit();
    await settled();
    edit();
    edit();
    await settled();

    expect(log).toEqual(['written 1', 'telling 1', 'written 2']);
    await endTelling();
    expect(log.slice(3)).toEqual(['answered 1', 'telling 2', 'written 3']);
    await endTelling();
    await endTelling();
    expect(log.slice(6)).toEqual(['answered 2', 'telling 3', 'answered 3']);
  });

  it('writes no more than one batch ahead of what was told', async () => {
    const { log, edit, settled, endTelling } = start();
    for (let wishes = 0; wishes < 5; wishes += 1) {
      edit();
      await settled();
    }

    expect(log).toEqual(['written 1', 'telling 1', 'written 2']);
    await endTelling();
    expect(log.slice(3)).toEqual(['answered 1', 'telling 2', 'written 3,4,5']);
  });

  it('does not have one layout wait for another', async () => {
    const { log, edit, settled } = start();
    edit('7');
    edit('8');
    await settled();

    expect(log).toEqual(['written 1', 'written 2', 'telling 1', 'telling 2']);
  });
});
