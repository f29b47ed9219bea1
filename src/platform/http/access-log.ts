import { Injectable } from '@nestjs/common';
import type { Request, RequestHandler, Response } from 'express';
import { Clock } from '../../kernel/clock.js';
import { Logger } from '../logging/index.js';
import { type Distribution, MetricRegistry } from '../telemetry/index.js';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const MS_PER_SECOND = 1_000;

/** Times every request: one debug line and one entry in the duration histogram, by route pattern. */
@Injectable()
export class AccessLog {
  private readonly seconds: Distribution<'method' | 'route' | 'status'>;

  constructor(
    registry: MetricRegistry,
    private readonly logger: Logger,
    private readonly clock: Clock,
  ) {
    this.seconds = registry.distribution('http_request_duration_seconds', {
      help: 'Time from the arrival of a request to the end of its answer, in seconds.',
      labels: ['method', 'route', 'status'],
      maxSeries: 500,
    });
  }

  /** Must come before whatever may answer. */
  middleware(): RequestHandler {
    return (request, response, next) => {
      const startedAt = this.clock.monotonic();
      response.once('close', () => this.record(request, response, this.clock.monotonic() - startedAt));
      next();
    };
  }

  private record(request: Request, response: Response, durationMs: number): void {
    const { method, path } = request;
    const status = response.writableFinished ? String(response.statusCode) : 'aborted';
    const route = routeOf(request);
    this.seconds.record(
      { method: METHODS.has(method) ? method : 'other', route, status },
      durationMs / MS_PER_SECOND,
    );
    this.logger.debug('A request was answered', { method, path, route, status, durationMs });
  }
}

/** The pattern, never the path: paths are made by clients, and labels must be bounded. */
function routeOf(request: Request): string {
  const { path } = (request.route ?? {}) as { path?: unknown };
  return typeof path === 'string' ? path : 'unmatched';
}
