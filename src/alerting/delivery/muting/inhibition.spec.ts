import { isInhibited } from './inhibition.js';

const CAUSE = {
  fingerprint: 'c',
  labels: { alertname: 'down', severity: 'critical', component: 'database', inhibits: 'database, cache' },
};
const effect = (labels: Readonly<Record<string, string>>) => ({ fingerprint: 'e', labels });

describe('isInhibited', () => {
  it('holds for alerts of the components that are named', () => {
    expect(isInhibited(effect({ component: 'cache', severity: 'warning' }), [CAUSE])).toBe(true);
    expect(isInhibited(effect({ component: 'database' }), [CAUSE])).toBe(true);
    expect(isInhibited(effect({ component: 'locks' }), [CAUSE])).toBe(false);
    expect(isInhibited(effect({}), [CAUSE])).toBe(false);
    expect(isInhibited(effect({ component: 'cache' }), [])).toBe(false);
  });

  it('holds for everything with *', () => {
    expect(isInhibited(effect({}), [{ ...CAUSE, labels: { inhibits: '*' } }])).toBe(true);
  });

  it('wants labels that both have to be equal', () => {
    const cause = { ...CAUSE, labels: { ...CAUSE.labels, instance: 'one' } };

    expect(isInhibited(effect({ component: 'cache', instance: 'one' }), [cause])).toBe(true);
    expect(isInhibited(effect({ component: 'cache', instance: 'two' }), [cause])).toBe(false);
    expect(isInhibited(effect({ component: 'cache' }), [cause])).toBe(true);
  });

  it('never holds for the cause itself, nor for what inhibits', () => {
    expect(isInhibited({ ...effect({ component: 'cache' }), fingerprint: 'c' }, [CAUSE])).toBe(false);
    expect(isInhibited(effect({ component: 'cache', inhibits: 'database' }), [CAUSE])).toBe(false);
  });
});
