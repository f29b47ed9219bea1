import { type DestinationStream, type Logger as Pino, pino } from 'pino';
import type { LoggingConfig } from '../../config/index.js';
import { currentLogFields } from './log-context.js';
import { type LogFields, Logger } from './logger.js';
import { describeError, REDACTED, REDACTED_PATHS } from './redaction.js';

/** What every line of a process carries. */
export interface LogIdentity {
  readonly instanceId: string;
}

/** One JSON line per message, written at once: the last words of a dying process must not be lost. */
export class PinoLogger extends Logger {
  private readonly pino: Pino;

  constructor(
    { level }: LoggingConfig,
    { instanceId }: LogIdentity,
    destination: DestinationStream = pino.destination({ fd: 1, sync: true }),
  ) {
    super();
    this.pino = pino(
      {
        level,
        base: { instanceId },
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        mixin: () => ({ ...currentLogFields() }),
        redact: { paths: REDACTED_PATHS, censor: REDACTED },
        serializers: { err: (error: unknown) => describeError(error) },
      },
      destination,
    );
  }

  fatal(message: string, fields: LogFields = {}): void {
    this.pino.fatal(fields, message);
  }

  error(message: string, fields: LogFields = {}): void {
    this.pino.error(fields, message);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.pino.warn(fields, message);
  }

  info(message: string, fields: LogFields = {}): void {
    this.pino.info(fields, message);
  }

  debug(message: string, fields: LogFields = {}): void {
    this.pino.debug(fields, message);
  }
}
