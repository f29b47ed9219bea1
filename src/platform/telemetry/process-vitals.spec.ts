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

    const canJudge: boolean[] = [vitals.canJudgeLag];
    for (const passMs of [5_000, 9_000, 1_000]) {
      await clock.advance(passMs);
      canJudge.push(vitals.canJudgeLag);
    }

    expect(canJudge).toEqual([false, false, false, true]);
    vitals.onApplicationShutdown();
    expect(clock.pending).toBe(0);
  });
});
