import { Body, Controller, Get, Module, Param, Post, Query, Req, Res, type Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { HTTP_CONFIG, type HttpConfig } from '../../../src/config/index.js';
import { AppError, type ErrorKind } from '../../../src/kernel/app-error.js';
import { Clock, SystemClock } from '../../../src/kernel/clock.js';
import { Ids, RandomIds } from '../../../src/kernel/ids.js';
import { MonitorDatabase } from '../../../src/platform/database/index.js';
import { HttpModule, configureHttp, isNdjson, SenderCheck } from '../../../src/platform/http/index.js';
import { DatabaseHealthModule } from '../../../src/platform/health/index.js';
import { type LogFields, Logger } from '../../../src/platform/logging/index.js';
import { TelemetryModule } from '../../../src/platform/telemetry/index.js';

const Event = z.strictObject({ name: z.string().min(1), durationMs: z.number().min(0) });
const Events = z.strictObject({ events: z.array(Event).max(50) });
const Filter = z.object({ limit: z.coerce.number().int().max(10).default(5) });

class SampleError extends AppError {
  readonly code = 'SAMPLE_FAILED';

  constructor(readonly kind: ErrorKind) {
    super('The sample failed. Try another one.', { sample: 1 }, { cause: new TypeError('password=hidden') });
  }
}

/** Routes that show what the platform does around any route. */
@Controller()
class SampleController {
  @Post('api/echo')
  echo(@Body() body: unknown): { body: unknown; keys: string[] } {
    return { body, keys: Object.keys(Object(body) as object) };
  }

  @Post('api/events')
  events(@Body({ schema: Events }) body: z.infer<typeof Events>): { count: number } {
    return { count: body.events.length };
  }

  @Get('api/filter')
  filter(@Query({ schema: Filter }) filter: z.infer<typeof Filter>): z.infer<typeof Filter> {
    return filter;
  }

  @Get('api/items/:id')
  item(@Param('id') id: string): { id: string } {
    return { id };
  }

  @Get('api/fail/:kind')
  fail(@Param('kind') kind: ErrorKind): never {
    throw new SampleError(kind);
  }

  @Get('api/crash')
  crash(): never {
    throw new TypeError('password=hidden');
  }

  @Get('api/half')
  half(@Res() response: Response): never {
    response.write('half of it');
    throw new TypeError('too late');
  }

  @Get('api/large')
  large(): string[] {
    return Array.from({ length: 200 }, (_, index) => `row number ${index}`);
  }

  @Get('api/huge')
  huge(@Res() response: Response): void {
    response.send(Buffer.alloc(64_000_000));
  }

  /** Answers after a wait in which nothing moves on the connection. */
  @Get('api/slow')
  async slow(@Query('waitMs') waitMs: string): Promise<{ isDone: boolean }> {
    await new SystemClock().sleep(Number(waitMs));
    return { isDone: true };
  }

  @Get('api/sse')
  sse(@Res() response: Response): void {
    response.type('text/event-stream').send(`data: ${'x'.repeat(5_000)}\n\n`);
  }

  @Post('api/stream')
  async stream(@Req() request: Request): Promise<{ isStream: boolean; bytes: number }> {
    let bytes = 0;
    if (isNdjson(request)) for await (const chunk of request) bytes += (chunk as Buffer).length;
    return { isStream: request.body === undefined, bytes };
  }
}

/** A line the application logged. */
export interface LoggedLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

class CollectingLogger extends Logger {
  readonly lines: LoggedLine[] = [];
  readonly fatal = this.collect('fatal');
  readonly error = this.collect('error');
  readonly warn = this.collect('warn');
  readonly info = this.collect('info');
  readonly debug = this.collect('debug');

  private collect(level: string): (message: string, fields?: LogFields) => void {
    return (message, fields = {}) => void this.lines.push({ level, message, fields });
  }
}

/** The Authorization header of somebody who holds no key; every other one counts as genuine, none as well. */
export const STRANGER = 'Bearer nobody';

const DEFAULTS: HttpConfig = {
  host: '127.0.0.1',
  port: 0,
  bodyMaxBytes: 2_000,
  eventsBodyMaxBytes: 20_000,
  rateLimitPerMinute: 1_000,
  requestTimeoutMs: 5_000,
  trustProxyHops: 0,
  shutdownNotReadyMs: 0,
  shutdownDeadlineMs: 1_000,
};

/** An application of the sample routes, the platform's HTTP around them, and a database that answers as told. */
export interface SampleApp {
  readonly app: NestExpressApplication;
  readonly logger: CollectingLogger;
  readonly database: { ping: () => Promise<void> };
}

/** Starts the sample application on a free port. */
export async function startSampleApp(
  config: Partial<HttpConfig> = {},
  controllers: readonly Type[] = [],
  modules: readonly Type[] = [],
): Promise<SampleApp> {
  const logger = new CollectingLogger();
  const database = { ping: () => Promise.resolve() };
  const provided = [
    { provide: Clock, useClass: SystemClock },
    { provide: Ids, useClass: RandomIds },
    { provide: Logger, useValue: logger },
    { provide: MonitorDatabase, useValue: database },
    {
      provide: SenderCheck,
      useValue: { isGenuine: (header?: string) => Promise.resolve(header !== STRANGER) },
    },
    { provide: HTTP_CONFIG, useValue: { ...DEFAULTS, ...config } },
  ];

  @Module({})
  class SharedModule {}

  const shared = {
    module: SharedModule,
    global: true,
    providers: provided,
    exports: provided.map((p) => p.provide),
  };
  const compiled = await Test.createTestingModule({
    imports: [shared, TelemetryModule, DatabaseHealthModule, HttpModule, ...modules],
    controllers: [SampleController, ...controllers],
  }).compile();
  const app = compiled.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
  configureHttp(app, { bodyLimits: [{ path: '/api/events', maxBytes: 20_000 }] });
  await app.listen(0, '127.0.0.1');
  return { app, logger, database };
}
