import { FakeClock } from '../../../test/support/fake-clock.js';
import { Breaker } from './breaker.js';

describe('Breaker', () => {
  it('opens after three failures in a row, and lets one question through after a while', async () => {
    const clock = new FakeClock();
    const breaker = new Breaker(clock);
    const fail = (): void => {
      expect(breaker.admits()).toBe(true);
      breaker.failed();
    };
    fail();
    fail();
    breaker.succeeded();
    fail();
    fail();
    expect(breaker.state).toBe('closed');
    fail();

    expect([breaker.state, breaker.admits()]).toEqual(['open', false]);
    await clock.advance(250);
    expect([breaker.admits(), breaker.state, breaker.admits()]).toEqual([true, 'half-open', false]);
    breaker.failed();
    expect([breaker.state, breaker.admits()]).toEqual(['open', false]);
    await clock.advance(250);
    expect(breaker.admits()).toBe(true);
    breaker.succeeded();

    expect([breaker.state, breaker.admits(), breaker.admits()]).toEqual(['closed', true, true]);
  });
});
