import { FakeClock } from '../../../../test/support/fake-clock.js';
import type { EmbeddedPostgresEvent } from './events.js';
import { ServerWatch } from './server-watch.js';

const SERVER = { pid: 1, port: 5432, status: 'ready' };

describe('ServerWatch', () => {
  /** A watch over a server that refuses `refusals` restarts before it comes back. */
  function watchOver({ refusals }: { refusals: number }) {
    const clock = new FakeClock();
    const events: EmbeddedPostgresEvent[] = [];
    const states: string[] = [];
    const server = { isAlive: true, refusals, restarts: 0 };
    const watch = new ServerWatch({
      clock,
      onEvent: (event) => events.push(event),
      onState: (state) => states.push(state),
      isAlive: () => server.isAlive,
      boundLog: () => Promise.resolve(false),
      restart: () => {
        server.restarts += 1;
        if (server.restarts <= server.refusals) return Promise.reject(new TypeError('in use'));
        server.isAlive = true;
        return Promise.resolve(SERVER);
      },
    });
    return { clock, events, states, server, watch };
  }

  it('leaves a living server alone', async () => {
    const { clock, events, server, watch } = watchOver({ refusals: 0 });

    await clock.advance(60_000);
    await watch.stop();

    expect(server.restarts).toBe(0);
    expect(events).toEqual([]);
  });

  it('starts a dead server again within a second, and reports both', async () => {
    const { clock, events, states, server, watch } = watchOver({ refusals: 0 });
    await clock.advance(1_500);
    server.isAlive = false;

    await clock.advance(1_000);
    await watch.stop();

    expect(events.map(({ kind }) => kind)).toEqual(['died', 'restarted']);
    expect(states).toEqual(['restarting', 'running']);
  });

  it('tries again while orphans of the dead server keep its memory', async () => {
    const { clock, events, server, watch } = watchOver({ refusals: 3 });
    server.isAlive = false;

    await clock.advance(5_000);
    await watch.stop();

    expect(events.filter(({ kind }) => kind === 'restart-failed')).toHaveLength(3);
    expect(events.at(-1)).toMatchObject({ kind: 'restarted', tookMs: 1_750 });
  });

  it('gives up after a bounded number of attempts and says so as an error', async () => {
    const { clock, events, states, server, watch } = watchOver({ refusals: Infinity });
    server.isAlive = false;

    await clock.advance(600_000);
    await watch.stop();

    expect(server.restarts).toBe(30);
    expect(events.at(-1)).toEqual({ kind: 'given-up', attempts: 30, reason: 'in use' });
    expect(states.at(-1)).toBe('failed');
    expect(clock.pending).toBe(0);
  });

  it('leaves no timer behind when it is stopped', async () => {
    const { clock, watch } = watchOver({ refusals: 0 });
    await clock.advance(10);

    await watch.stop();

    expect(clock.pending).toBe(0);
  });
});
