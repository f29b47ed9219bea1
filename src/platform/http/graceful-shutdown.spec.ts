import type { INestApplication } from '@nestjs/common';
import { FakeClock } from '../../../test/support/fake-clock.js';
import type { HttpConfig } from '../../config/index.js';
import type { Readiness } from '../health/index.js';
import type { Logger } from '../logging/index.js';
import { GracefulShutdown } from './graceful-shutdown.js';

const QUIET = { info: () => undefined, warn: () => undefined, fatal: () => undefined } as unknown as Logger;
const CONFIG = { shutdownNotReadyMs: 5_000, shutdownDeadlineMs: 10_000 } as HttpConfig;

/** A server with one connection that never ends, in an application whose `close` does as told. */
function setUp(close: () => Promise<void> = () => Promise.resolve()) {
  const clock = new FakeClock();
  const exits: number[] = [];
  const nothing = (): void => undefined;
  const server = { close: nothing, closeIdleConnections: nothing, closeAllConnections: nothing };
  const app = { getHttpServer: () => server, close } as unknown as INestApplication;
  const shutdown = new GracefulShutdown(CONFIG, clock, QUIET, { register: nothing } as unknown as Readiness);
  const signal = () => shutdown.onSignal('SIGINT', app, (code) => void exits.push(code));
  return { clock, exits, shutdown, signal };
}

describe('GracefulShutdown', () => {
  it('accepts for a while, then drains, then gives up at the deadline', async () => {
    const { clock, exits, shutdown, signal } = setUp();

    void signal();
    await clock.advance(4_999);
    expect([shutdown.isStopping, shutdown.draining.aborted]).toEqual([true, false]);
    await clock.advance(1);
    expect(shutdown.draining.aborted).toBe(true);
    await clock.advance(9_999);
    expect(exits).toEqual([]);
    await clock.advance(1);

    expect(exits).toEqual([0]);
  });

  it('exits 1 at once when a person signals again', async () => {
    const { clock, exits, signal } = setUp();

    void signal();
    await clock.advance(1_000);
    void signal();
    expect(exits).toEqual([]);
    await clock.advance(1);
    void signal();

    expect(exits).toEqual([1]);
  });

  it('exits 1 when the application cannot be closed', async () => {
    const { clock, exits, signal } = setUp(() => Promise.reject(new TypeError('stuck')));

    void signal();
    await clock.advance(15_000);

    expect(exits).toEqual([1]);
  });
});
