import type { DomainEvents } from '../../platform/events/index.js';
import type { BackgroundJob, BackgroundJobs } from '../../platform/scheduling/index.js';
import type { PresenceBus } from '../../presence/index.js';
import type { LayoutHeads } from './layout-heads.js';
import { LayoutRelay } from './layout-relay.js';
import type { RelayDesk } from './relay-desk.js';

const LAYOUTS = 100;
const MOST_AT_ONCE = 8;

describe('LayoutRelay', () => {
  it('reads a few layouts at once when something was missed in many', async () => {
    let [reading, most, checked] = [0, 0, 0];
    const check = async (): Promise<void> => {
      reading += 1;
      most = Math.max(most, reading);
      await new Promise((resolve) => setImmediate(resolve));
      reading -= 1;
      checked += 1;
    };
    const open = Array.from({ length: LAYOUTS }, (_, index) => ({
      channel: { kind: 'layout', tenantId: '1', layoutId: String(index) },
      stream: { check },
    }));
    const jobs: BackgroundJob[] = [];
    const relay = new LayoutRelay(
      { open: () => ({ all: () => open }) } as unknown as RelayDesk,
      { look: () => Promise.resolve(new Map()) } as unknown as LayoutHeads,
      {} as PresenceBus,
      { subscribe: () => undefined } as unknown as DomainEvents,
      { register: (job: BackgroundJob) => jobs.push(job) } as unknown as BackgroundJobs,
    );
    relay.onModuleInit();

    await jobs[0]?.run(new AbortController().signal);

    expect({ checked, most }).toEqual({ checked: LAYOUTS, most: MOST_AT_ONCE });
  });
});
