import type { LayoutState } from './layout-draft.js';
import { RememberedLayouts } from './remembered-layouts.js';

const layout = {
  ...{
    id: '1',
    tenantId: '1',
    name: 'L',
    columns: 12,
    rows: 10,
    version: 1,
    lastOperation: 0,
    createdBy: 'anna',
  },
  ...{ createdAt: new Date(0), updatedAt: new Date(0) },
};

/** 200 regions of 4 KiB of JSON each, most of it empty objects. */
function heavy(): LayoutState {
  const content = () => JSON.parse(`{"a":[${'{},'.repeat(1_350)}{}]}`) as Record<string, unknown>;
  const regions = Array.from({ length: 200 }, (_, n) => ({
    ...{ id: String(n), x: n, y: 0, width: 1, height: 1, title: '', kind: 'chart', version: 1 },
    content: content(),
  }));
  return { layout, regions };
}

const light: LayoutState = { layout, regions: [] };

describe('remembered layouts', () => {
  it('gives back what was put in, once', () => {
    const layouts = new RememberedLayouts();
    layouts.put('a', light);

    expect([layouts.take('a'), layouts.take('a'), layouts.take('b')]).toEqual([light, undefined, undefined]);
  });

  it('forgets those that were edited first, beyond 64', () => {
    const layouts = new RememberedLayouts();
    for (let n = 0; n < 66; n += 1) layouts.put(String(n), light);
    layouts.put('5', light);

    expect(layouts.size).toBe(64);
    expect([layouts.take('1'), layouts.take('2')]).toEqual([undefined, light]);
  });

  it('remembers few layouts of little text and many objects', () => {
    const layouts = new RememberedLayouts();
    const states = Array.from({ length: 4 }, heavy);
    for (const [n, state] of states.entries()) layouts.put(String(n), state);

    expect(layouts.size).toBeLessThanOrEqual(2);
    expect(layouts.take('3')).toBe(states[3]);
  });

  it('counts what is taken out no more', () => {
    const layouts = new RememberedLayouts();
    for (let n = 0; n < 5; n += 1) {
      layouts.put('heavy', heavy());
      layouts.take('heavy');
    }
    layouts.put('light', light);
    layouts.put('heavy', heavy());

    expect(layouts.take('light')).toBe(light);
  });
});
