import { setMaxListeners } from 'node:events';
import type { Server } from 'node:http';
import { type INestApplication, Inject, Injectable } from '@nestjs/common';
import type { RequestHandler } from 'express';
import { HTTP_CONFIG, type HttpConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { Readiness } from '../health/index.js';
import { Logger } from '../logging/index.js';

/** npm and the terminal both deliver one Ctrl-C, so a second signal within this time is the same one. */
export const SAME_SIGNAL_MS = 1_000;

const CLOSE_IDLE_EVERY_MS = 50;

/** What ends the process; process.exit outside of tests. */
export type Exit = (code: number) => void;

/**
 * Ends the process without losing a request. On the first SIGTERM or SIGINT: (1) /readyz says 503 and
 * answers carry `Connection: close`, while requests are still served, so that load balancers move on;
 * (2) the port closes and `draining` aborts, which tells long streams to end; (3) requests under way get
 * until the deadline; (4) what is left is cut, the application closes, exit 0. A later second signal
 * forces exit 1.
 */
@Injectable()
export class GracefulShutdown {
  private readonly drain = new AbortController();
  private signalledAtMs: number | undefined;

  constructor(
    @Inject(HTTP_CONFIG) private readonly config: HttpConfig,
    private readonly clock: Clock,
    private readonly logger: Logger,
    readiness: Readiness,
  ) {
    // Every open stream listens: many of them are load, not a leak.
    setMaxListeners(0, this.drain.signal);
    readiness.register({
      name: 'shutdown',
      isRequired: true,
      check: () =>
        this.isStopping ? { status: 'down', reason: 'the instance is stopping' } : { status: 'up' },
    });
  }

  /** Aborts when the port has closed: streams should end themselves in good order now. */
  get draining(): AbortSignal {
    return this.drain.signal;
  }

  /** True from the first signal on. */
  get isStopping(): boolean {
    return this.signalledAtMs !== undefined;
  }

  /** Asks clients of a stopping process to connect anew next time. */
  middleware(): RequestHandler {
    return (_request, response, next) => {
      if (this.isStopping) response.setHeader('Connection', 'close');
      next();
    };
  }

  /** Listens to signals and to errors nobody caught. */
  install(app: INestApplication, exit: Exit): void {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => void this.onSignal(signal, app, exit));
    }
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (error: unknown) => {
        this.logger.fatal('The process ends because of an error nobody caught', { event, err: error });
        exit(1);
      });
    }
  }

  /** What a signal does; resolves when the process may end. */
  async onSignal(signal: string, app: INestApplication, exit: Exit): Promise<void> {
    const now = this.clock.monotonic();
    if (this.signalledAtMs !== undefined) {
      if (now - this.signalledAtMs > SAME_SIGNAL_MS) exit(1);
      return;
    }
    this.signalledAtMs = now;
    this.logger.info('Stopping', { signal, notReadyMs: this.config.shutdownNotReadyMs });
    try {
      await this.stop(app);
      this.logger.info('Stopped', { durationMs: this.clock.monotonic() - now });
      exit(0);
    } catch (error) {
      this.logger.fatal('Stopping failed', { err: error });
      exit(1);
    }
  }

  private async stop(app: INestApplication): Promise<void> {
    const server = app.getHttpServer() as Server;
    await this.clock.sleep(this.config.shutdownNotReadyMs);
    const closed = new AbortController();
    server.close(() => {
      closed.abort();
    });
    this.drain.abort();
    await this.waitUntil(closed.signal, server);
    if (!closed.signal.aborted) this.logger.warn('Requests were cut at the shutdown deadline');
    server.closeAllConnections();
    await app.close();
  }

  /** A connection that becomes idle after its last answer would stay open, so idle ones are closed repeatedly. */
  private async waitUntil(closed: AbortSignal, server: Server): Promise<void> {
    const deadlineMs = this.clock.monotonic() + this.config.shutdownDeadlineMs;
    for (let leftMs = this.config.shutdownDeadlineMs; leftMs > 0 && !closed.aborted;) {
      server.closeIdleConnections();
      await this.clock.sleep(Math.min(leftMs, CLOSE_IDLE_EVERY_MS), closed);
      leftMs = deadlineMs - this.clock.monotonic();
    }
  }
}
