import { EventEmitter } from 'node:events';
import type { Response } from 'express';
import { CollectingLogger } from '../../test/support/collecting-logger.js';
import { FakeClock } from '../../test/support/fake-clock.js';
import { ALERTS_NOTIFIED } from '../alerting/index.js';
import { DomainEvents } from '../platform/events/index.js';
import type { GracefulShutdown } from '../platform/http/index.js';
import { MetricRegistry } from '../platform/telemetry/index.js';
import type { CallerIdentity } from '../tenancy/index.js';
import { AlertStreamController } from './alert-stream.controller.js';

class Listener extends EventEmitter {
  readonly heard: string[] = [];
  destroyed = false;
  writableEnded = false;
  writableNeedDrain = false;

  setHeader(): void {
    // Headers are looked at by the tests over HTTP.
  }

  write(text: string): boolean {
    this.heard.push(text);
    return true;
  }

  end(): void {
    this.writableEnded = true;
    this.emit('close');
  }
}

describe('the stream of alerts', () => {
  const events = new DomainEvents(new MetricRegistry(), new CollectingLogger());
  const clock = new FakeClock();
  const draining = new AbortController();
  const shutdown = { draining: draining.signal } as unknown as GracefulShutdown;
  const controller = new AlertStreamController(events, shutdown, clock);
  const listen = (tenantId: string): Listener => {
    const listener = new Listener();
    controller.stream({ tenantId } as CallerIdentity, listener as unknown as Response);
    return listener;
  };
  const notify = (tenantId: string): void =>
    events.publish(ALERTS_NOTIFIED, { tenantId, receiverId: '7', key: 'k', alerts: [] });

  it('tells each tenant its own, leaves slow readers out, and says now and then that it is there', async () => {
    const [own, other, slow] = [listen('1'), listen('2'), listen('1')];
    slow.writableNeedDrain = true;

    notify('1');
    await clock.advance(15_000);

    expect(own.heard.slice(1)).toEqual([
      'id: k\nevent: alerts\ndata: {"receiverId":"7","key":"k","alerts":[]}\n\n',
      ': still here\n\n',
    ]);
    expect(other.heard.slice(1)).toEqual([': still here\n\n']);
    expect(slow.heard).toHaveLength(1);
    for (const each of [own, other, slow]) each.end();
  });

  it('lets one tenant not take all places', () => {
    const many = Array.from({ length: 100 }, () => listen('1'));

    expect(() => listen('1')).toThrow(
      expect.objectContaining({
        code: 'ALERTING_STREAMS_BUSY',
        details: { most: 100, of: 'tenant' },
      }) as Error,
    );
    const other = listen('2');
    many[0]?.end();
    many.push(listen('1'));

    for (const each of [...many, other]) each.end();
  });

  it('keeps no place for who went away before being let in', () => {
    for (let index = 0; index < 101; index += 1) {
      const gone = new Listener();
      gone.destroyed = true;
      controller.stream({ tenantId: '1' } as CallerIdentity, gone as unknown as Response);
    }

    const listener = listen('1');

    expect(listener.heard).toHaveLength(1);
    listener.end();
    expect(clock.pending).toBe(0);
  });

  it('ends after an hour, so that a key that was taken back hears no more', async () => {
    const listener = listen('1');

    await clock.advance(3_585_000);
    expect(listener.writableEnded).toBe(false);
    await clock.advance(15_000);

    expect(listener.writableEnded).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('ends when the server stops, and is silent from then on', async () => {
    const listener = listen('1');

    draining.abort();
    notify('1');
    await clock.advance(60_000);

    expect(listener.writableEnded).toBe(true);
    expect(listener.heard).toHaveLength(1);
  });
});
