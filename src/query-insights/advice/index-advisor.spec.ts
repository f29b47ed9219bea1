import { FakeClock } from '../../../test/support/fake-clock.js';
import type { Database } from '../../platform/database/index.js';
import { IndexAdvisor } from './index-advisor.js';
import { type Recorded, RecordedWorkload } from './recorded-workload.js';

/** Nothing was recorded, and it takes a while to find out. */
class SlowWorkload extends RecordedWorkload {
  readonly asked: number[] = [];
  atOnce = 0;
  mostAtOnce = 0;

  constructor(private readonly clock: FakeClock) {
    super();
  }

  async read(limit: number): Promise<Recorded> {
    this.asked.push(limit);
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    await this.clock.sleep(1_000);
    this.atOnce -= 1;
    return { source: 'none', statements: [] };
  }
}

describe('IndexAdvisor', () => {
  it('makes one report at a time, and each once for all who ask meanwhile', async () => {
    const clock = new FakeClock();
    const workload = new SlowWorkload(clock);
    const database = { session: () => Promise.resolve({}) } as unknown as Database;
    const advisor = new IndexAdvisor(database, workload, clock);

    const reports = [10, 20, 10, 30, 10].map((statements) => advisor.report(statements));
    await clock.advance(3_000);
    await Promise.all(reports);

    expect(workload.asked).toEqual([10, 20, 30]);
    expect(workload.mostAtOnce).toBe(1);
  });
});
