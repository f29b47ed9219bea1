import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { ALERTS_NOTIFIED, type AlertsNotified } from '../alerting/index.js';
import { Clock, type Timer } from '../kernel/clock.js';
import { DomainEvents } from '../platform/events/index.js';
import { GracefulShutdown } from '../platform/http/index.js';
import { Access, Caller, type CallerIdentity } from '../tenancy/index.js';
import { AlertStreamsBusyError } from './errors.js';

/** Of all tenants, and of one: nobody can keep the others out. */
const MOST_STREAMS = 500;
const MOST_OF_TENANT = 100;
const RECONNECT_AFTER_MS = 2_000;
/** Proxies cut what is silent for a minute or so. */
const BEAT_EVERY_MS = 15_000;
/** Then a client has to come again, with a key that still opens something. */
const LONGEST_MS = 3_600_000;

/** Whose a stream is, and since when. */
interface Listening {
  readonly tenantId: string;
  readonly since: number;
}

/**
 * Messages to the tenant's receivers of kind `gateway`, as server-sent events. A slow reader misses some of them. Keys
 * are looked at when a stream begins, so none goes on for ever.
 */
@Access('viewer')
@Controller('api/alerts/stream')
export class AlertStreamController {
  private readonly streams = new Map<Response, Listening>();
  private beat: Timer | undefined;

  constructor(
    events: DomainEvents,
    shutdown: GracefulShutdown,
    private readonly clock: Clock,
  ) {
    events.subscribe(ALERTS_NOTIFIED, (notified) => this.tell(notified));
    // One listener ends all of them.
    shutdown.draining.addEventListener('abort', () => this.endAll(), { once: true });
  }

  /** @throws AlertStreamsBusyError ALERTING_STREAMS_BUSY */
  @Get()
  stream(@Caller() { tenantId }: CallerIdentity, @Res() response: Response): void {
    // Gone before it was let in: nothing more would be heard of that, and its place would never be free again.
    if (response.destroyed) return;
    const ofTenant = [...this.streams.values()].filter((each) => each.tenantId === tenantId).length;
    if (this.streams.size >= MOST_STREAMS) throw new AlertStreamsBusyError(MOST_STREAMS, 'instance');
    if (ofTenant >= MOST_OF_TENANT) throw new AlertStreamsBusyError(MOST_OF_TENANT, 'tenant');
    response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
    response.setHeader('Cache-Control', 'no-cache, no-transform');
    response.write(`retry: ${RECONNECT_AFTER_MS}\n\n`);
    this.streams.set(response, { tenantId, since: this.clock.monotonic() });
    this.beat ??= this.clock.after(BEAT_EVERY_MS, () => this.keepAlive());
    response.once('close', () => {
      this.streams.delete(response);
      if (this.streams.size === 0) this.rest();
    });
  }

  private tell({ tenantId, ...notified }: AlertsNotified): void {
    const text = `id: ${notified.key}\nevent: alerts\ndata: ${JSON.stringify(notified)}\n\n`;
    for (const [response, owner] of this.streams) {
      if (owner.tenantId === tenantId) writeTo(response, text);
    }
  }

  private endAll(): void {
    for (const response of this.streams.keys()) response.end();
  }

  private keepAlive(): void {
    this.beat = this.clock.after(BEAT_EVERY_MS, () => this.keepAlive());
    const now = this.clock.monotonic();
    for (const [response, { since }] of this.streams) {
      if (now - since >= LONGEST_MS) response.end();
      else writeTo(response, ': still here\n\n');
    }
  }

  private rest(): void {
    this.beat?.cancel();
    this.beat = undefined;
  }
}

function writeTo(response: Response, text: string): void {
  // An ended response no longer says that it is full, and a write to it would end the process.
  if (!response.writableEnded && !response.writableNeedDrain) response.write(text);
}
