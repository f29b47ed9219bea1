import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { PerformanceService, type Sample } from '../performance/index.js';
import { AnswerExamples, GracefulShutdown } from '../platform/http/index.js';
import { Access } from '../tenancy/index.js';
import { STREAM_EXAMPLES } from './examples/stream.js';
import { StreamsBusyError } from './errors.js';

const MOST_STREAMS = 200;
const RECONNECT_AFTER_MS = 2_000;

/** Samples as server-sent events, one a second. A client that reads too slowly misses some of them. */
@Access('metrics-read')
@AnswerExamples(STREAM_EXAMPLES)
@Controller('metrics/stream')
export class MetricsStreamController {
  private streams = 0;

  constructor(
    private readonly performance: PerformanceService,
    private readonly shutdown: GracefulShutdown,
  ) {}

  /** @throws StreamsBusyError METRICS_STREAMS_BUSY */
  @Get()
  stream(@Res() response: Response): void {
    // Gone before it was let in: nothing more would be heard of that, and its place would never be free again.
    if (response.destroyed) return;
    if (this.streams >= MOST_STREAMS) throw new StreamsBusyError(MOST_STREAMS);
    this.streams += 1;
    response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
    response.setHeader('Cache-Control', 'no-cache, no-transform');
    response.write(`retry: ${RECONNECT_AFTER_MS}\n\n`);
    const unwatch = this.performance.watch((sample) => {
      // An ended response no longer says that it is full, and a write to it would end the process.
      if (!response.writableEnded && !response.writableNeedDrain) response.write(eventOf(sample));
    });
    const end = (): void => void response.end();
    this.shutdown.draining.addEventListener('abort', end, { once: true });
    response.once('close', () => {
      this.streams -= 1;
      unwatch();
      this.shutdown.draining.removeEventListener('abort', end);
    });
  }
}

function eventOf({ at, values }: Sample): string {
  return `id: ${at.getTime()}\nevent: sample\ndata: ${JSON.stringify({ at, values })}\n\n`;
}
