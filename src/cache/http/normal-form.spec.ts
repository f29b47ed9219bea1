import { normalForm } from './normal-form.js';

describe('normalForm', () => {
  it('is the same for the same question, however it is spelled', () => {
    const at = new Date('2026-01-01T00:00:00Z');

    expect(normalForm({ b: 2, a: 'x', c: undefined })).toBe(normalForm({ a: 'x', b: 2 }));
    expect(normalForm({ at })).toBe(normalForm({ at: new Date('2026-01-01T02:00:00+02:00') }));
    expect(normalForm({ of: { x: 1, y: 2 } })).toBe(normalForm({ of: { y: 2, x: 1 } }));
  });

  it('can be read while it is short', () => {
    expect(normalForm({ timeWindow: '7d', scraper: 'shop' })).toBe('scraper=shop&timeWindow=7d');
  });

  it.each([
    [{ a: '1' }, { a: 1 }],
    [{ a: 'null' }, { a: null }],
    [{ a: '~1' }, { a: 1 }],
    [{ a: 'x&b=y' }, { a: 'x', b: 'y' }],
    [{ a: ['x', 'y'] }, { a: 'x,y' }],
    [{ a: 'x:y' }, { a: 'x%3Ay' }],
    [{ a: '\ud800' }, { a: '\ufffd' }],
    [{ a: '"' }, { a: '\\"' }],
    [{ a: '' }, {}],
    [{ a: 'x'.repeat(500) }, { a: 'x'.repeat(501) }],
  ])('tells %j from %j', (one, other) => {
    expect(normalForm(one)).not.toBe(normalForm(other));
  });

  it('is short, whatever is asked, and free of colons', () => {
    const form = normalForm({ a: 'x:'.repeat(5_000) });

    expect(form).toMatch(/^[\w-]{43}$/);
    expect(normalForm({ from: new Date(0) })).not.toContain(':');
  });
});
