import { FakeClock } from '../../../test/support/fake-clock.js';
import { ProcessVitals } from './process-vitals.js';

describe('ProcessVitals', () => {
  it('does not judge the lag by the start, and does when the instance has served for a while', async () => {
    const clock = new FakeClock();
    const vitals = new ProcessVitals(clock);
    vitals.onModuleInit();
    // The start takes its time, and some of it in one piece.
    await clock.advance(20_000);
    vitals.onApplicationBootstrap();

    const isJudged: boolean[] = [vitals.servingLag() !== undefined];
    for (const passMs of [5_000, 9_000, 2_000]) {
      await clock.advance(passMs);
      isJudged.push(vitals.servingLag() !== undefined);
    }

    expect(isJudged).toEqual([false, false, false, true]);
    vitals.onApplicationShutdown();
    expect(clock.pending).toBe(0);
  });
});
