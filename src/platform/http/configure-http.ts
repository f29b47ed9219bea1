import type { Server } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import compression from 'compression';
import type { Request, Response } from 'express';
import helmet from 'helmet';
import { HTTP_CONFIG, type HttpConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { Ids } from '../../kernel/ids.js';
import { Logger } from '../logging/index.js';
import { AccessLog } from './access-log.js';
import { type BodyLimit, readBodies } from './bodies.js';
import { EnvelopeInterceptor } from './envelope.js';
import { GracefulShutdown } from './graceful-shutdown.js';
import { inputValidation } from './input-validation.js';
import { KnownKeys } from './known-keys.js';
import { mountApiDocs } from './api-docs.js';
import { ProblemFilter } from './problem-filter.js';
import { rateLimiting } from './rate-limiting.js';
import { requestContext } from './request-context.js';
import { SenderCheck } from './sender-check.js';
import { UnaskedParameters } from './unasked-parameters.js';
import { cutUnreadAnswers } from './unread-answers.js';

/** Smaller answers grow when they are compressed. */
const COMPRESSION_THRESHOLD_BYTES = 1_024;
/** Longer than the idle time of common load balancers (60 s): the side that reuses must not close first. */
const KEEP_ALIVE_MS = 65_000;
const HEADERS_TIMEOUT_MS = 60_000;

/** What the composition root adds to the settings. */
export interface HttpOptions {
  readonly bodyLimits?: readonly BodyLimit[];
  /** Routes that take CSV as a stream. */
  readonly csvPaths?: readonly string[];
  /** Routes that take NDJSON as a stream; default: all. */
  readonly ndjsonPaths?: readonly string[];
}

/**
 * Sets up everything around the routes. Call it once, before `init` or `listen`, on an application that
 * was created with `bodyParser: false` and imports HttpModule.
 */
export function configureHttp(
  app: NestExpressApplication,
  { bodyLimits = [], csvPaths = [], ndjsonPaths }: HttpOptions = {},
): void {
  const config = app.get<HttpConfig>(HTTP_CONFIG);
  const clock = app.get(Clock);
  app.set('trust proxy', config.trustProxyHops);
  app.use(app.get(AccessLog).middleware());
  app.use(cutUnreadAnswers(app.getHttpServer(), config.requestTimeoutMs));
  app.use(app.get(GracefulShutdown).middleware());
  app.use(helmetForPlainHttp());
  app.use(requestContext(app.get(Ids)));
  app.use(compression({ threshold: COMPRESSION_THRESHOLD_BYTES, filter: isCompressible }));
  app.use(rateLimiting(config.rateLimitPerMinute, app.get(KnownKeys), clock));
  app.use(
    readBodies(
      {
        maxBytes: config.bodyMaxBytes,
        limits: bodyLimits,
        deadlineMs: config.requestTimeoutMs,
        csvPaths,
        ...(ndjsonPaths !== undefined && { ndjsonPaths }),
      },
      { clock, senders: app.get(SenderCheck) },
    ),
  );
  app.useGlobalFilters(new ProblemFilter(app.get(Logger)));
  app.useGlobalPipes(inputValidation());
  app.useGlobalInterceptors(new UnaskedParameters(), new EnvelopeInterceptor());
  mountApiDocs(app);
  boundSockets(app.getHttpServer(), config);
}

/** Plimsoll speaks plain HTTP, behind a proxy or on loopback: whatever forces HTTPS would break the page. */
function helmetForPlainHttp(): ReturnType<typeof helmet> {
  return helmet({
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
    strictTransportSecurity: false,
    // Browsers ignore both on plain HTTP and complain in the console.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
  });
}

function isCompressible(request: Request, response: Response): boolean {
  if (request.headers['x-no-compression'] !== undefined) return false;
  // Compression buffers, and an event must leave at once.
  if (String(response.getHeader('Content-Type')).startsWith('text/event-stream')) return false;
  return compression.filter(request, response);
}

function boundSockets(server: Server, { requestTimeoutMs }: HttpConfig): void {
  // Node's bound counts streams too, which may last for hours; readBodies bounds all other bodies.
  server.requestTimeout = 0;
  server.headersTimeout = Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
}
