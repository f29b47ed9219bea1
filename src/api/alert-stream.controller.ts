import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { ALERTS_NOTIFIED, type AlertsNotified } from '../alerting/index.js';
import { DomainEvents } from '../platform/events/index.js';
import { GracefulShutdown } from '../platform/http/index.js';
import { Access, Caller, type CallerIdentity } from '../tenancy/index.js';
import { AlertStreamsBusyError } from './errors.js';

/** Of all tenants, and of one: nobody can keep the others out. */
const MOST_STREAMS = 500;
const MOST_OF_TENANT = 100;
const RECONNECT_AFTER_MS = 2_000;

/** Messages to the tenant's receivers of kind `gateway`, as server-sent events. A slow reader misses some of them. */
@Access('viewer')
@Controller('api/alerts/stream')
export class AlertStreamController {
  private readonly streams = new Map<Response, string>();

  constructor(
    events: DomainEvents,
    private readonly shutdown: GracefulShutdown,
  ) {
    events.subscribe(ALERTS_NOTIFIED, (notified) => this.tell(notified));
  }

  /** @throws AlertStreamsBusyError ALERTING_STREAMS_BUSY */
  @Get()
  stream(@Caller() { tenantId }: CallerIdentity, @Res() response: Response): void {
    const ofTenant = [...this.streams.values()].filter((owner) => owner === tenantId).length;
    if (this.streams.size >= MOST_STREAMS) throw new AlertStreamsBusyError(MOST_STREAMS);
    if (ofTenant >= MOST_OF_TENANT) throw new AlertStreamsBusyError(MOST_OF_TENANT);
    response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
    response.setHeader('Cache-Control', 'no-cache, no-transform');
    response.write(`retry: ${RECONNECT_AFTER_MS}\n\n`);
    this.streams.set(response, tenantId);
    const end = (): void => void response.end();
    this.shutdown.draining.addEventListener('abort', end, { once: true });
    response.once('close', () => {
      this.streams.delete(response);
      this.shutdown.draining.removeEventListener('abort', end);
    });
  }

  private tell({ tenantId, ...notified }: AlertsNotified): void {
    const text = `id: ${notified.key}\nevent: alerts\ndata: ${JSON.stringify(notified)}\n\n`;
    for (const [response, owner] of this.streams) {
      // An ended response no longer says that it is full, and a write to it would end the process.
      if (owner === tenantId && !response.writableEnded && !response.writableNeedDrain) response.write(text);
    }
  }
}
