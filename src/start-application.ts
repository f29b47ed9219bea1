import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import type { Settings } from './config/index.js';
import { AppError } from './kernel/app-error.js';
import { type BodyLimit, configureHttp, type Exit, GracefulShutdown } from './platform/http/index.js';
import { Logger, NestLogger } from './platform/logging/index.js';

/**
 * Connections that wait to be taken in; `net.core.somaxconn` of the system bounds it. Of thousands of clients that come
 * back at once, those beyond Node's 511 are let down, and try again after 1, 3, 7 s, as TCP does.
 */
const BACKLOG = 4_096;

/** The port cannot be listened on; the process does not start. */
export class ListenError extends AppError {
  readonly code = 'HTTP_LISTEN_FAILED';
  readonly kind = 'internal';

  constructor(host: string, port: number, reason: string, cause: unknown) {
    super(
      `Cannot listen on ${host}:${port}: ${reason}. Stop the other process, or set another HOST or PORT.`,
      { host, port },
      { cause },
    );
  }
}

/** Reasons a person can act on, by the system's error code. */
const LISTEN_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there already',
  EACCES: 'this user may not use the port',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'the name of the host is not known',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
};

/** Routes that take bodies of any length; everywhere else these media types are refused. */
const STREAMED = { csvPaths: ['/api/jobs'], ndjsonPaths: ['/api/metrics/events', '/api/jobs'] };

/** How a started application ends, and how its start does. */
export interface StartOptions {
  readonly exit: Exit;
  /** Ends the start in good order; from listening on, signals are GracefulShutdown's. */
  readonly interrupted: AbortSignal;
}

/**
 * Builds the application and listens. Resolves to its URL. When it rejects, everything is closed again.
 * @throws ListenError HTTP_LISTEN_FAILED, the reason of `interrupted`, and what modules throw at their start
 */
export async function startApplication(
  settings: Settings,
  { exit, interrupted }: StartOptions,
): Promise<string> {
  const app = await create(settings, interrupted);
  try {
    interrupted.throwIfAborted();
    app.useLogger(new NestLogger(app.get(Logger)));
    configureHttp(app, { bodyLimits: ingestLimits(settings.http), ...STREAMED });
    app.get(Logger).info('Starting', { settings });
    await listen(app, settings.http);
    const url = await app.getUrl();
    interrupted.throwIfAborted();
    app.get(GracefulShutdown).install(app, exit);
    return url.replace('[::1]', 'localhost');
  } catch (error) {
    await app.close();
    interrupted.throwIfAborted();
    throw error;
  }
}

async function create(settings: Settings, interrupted: AbortSignal): Promise<NestExpressApplication> {
  try {
    return await NestFactory.create<NestExpressApplication>(AppModule.forRoot(settings, interrupted), {
      bodyParser: false,
      // Until our own logger is in place; a failure to start is thrown and told once.
      logger: false,
      abortOnError: false,
    });
  } catch (error) {
    // A start that is ended fails in many ways; only one of them is worth telling.
    interrupted.throwIfAborted();
    throw error;
  }
}

/** Both routes take 10,000 rows in one body. */
function ingestLimits({ eventsBodyMaxBytes: maxBytes }: Settings['http']): BodyLimit[] {
  return ['/api/metrics/events', '/api/metrics/scheduler'].map((path) => ({ path, maxBytes }));
}

type Listen = (port: number, host: string, backlog: number) => Promise<unknown>;

async function listen(app: NestExpressApplication, { host, port }: Settings['http']): Promise<void> {
  try {
    // Its types know two of the arguments of the server below only.
    await (app.listen.bind(app) as unknown as Listen)(port, host, BACKLOG);
  } catch (error) {
    const { code } = error as { code?: string };
    const reason = LISTEN_REASONS[code ?? ''];
    throw reason === undefined ? error : new ListenError(host, port, reason, error);
  }
}
