import { FakeClock } from '../../../test/support/fake-clock.js';
import type { MonitorDatabase } from '../../platform/database/index.js';
import { Reachability } from './reachability.js';

function reachability(ping: () => Promise<void>): {
  readonly clock: FakeClock;
  readonly subject: Reachability;
} {
  const clock = new FakeClock();
  return { clock, subject: new Reachability({ ping } as unknown as MonitorDatabase, clock) };
}

describe('Reachability', () => {
  it('says nothing before it has asked', () => {
    expect(reachability(() => Promise.resolve()).subject.reading()).toEqual({ kind: 'insufficient' });
  });

  it.each([
    ['answers', () => Promise.resolve(), 0],
    ['refuses', () => Promise.reject(new TypeError('refused')), 1],
  ])('knows a server that %s', async (_, ping, value) => {
    const { subject } = reachability(ping);

    await subject.ask();

    expect(subject.reading()).toEqual({ kind: 'value', value });
  });

  it('waits a second and a half for a server that never answers, and not for ever', async () => {
    const { subject, clock } = reachability(() => new Promise(() => undefined));
    const asked = subject.ask();

    await clock.advance(1_500);
    await asked;

    expect(subject.reading()).toEqual({ kind: 'value', value: 1 });
  });

  it('does not know what it was told long ago', async () => {
    const { subject, clock } = reachability(() => Promise.resolve());
    await subject.ask();

    await clock.advance(11_000);

    expect(subject.reading()).toMatchObject({ kind: 'no-data' });
  });
});
