import type { LoggerService } from '@nestjs/common';
import type { LogFields, Logger } from './logger.js';
import { redactText } from './redaction.js';

/**
 * Lets the framework's own lines go through our logger. Nest passes (message, ...rest), where the last
 * string is the context and, for errors, the one before it the stack.
 */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    // Nest announces every route and module at "log": useful to a developer, noise in production.
    this.logger.debug(...describe(message, rest));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error(...describe(message, rest));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn(...describe(message, rest));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(...describe(message, rest));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(...describe(message, rest));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.logger.fatal(...describe(message, rest));
  }
}

function describe(message: unknown, rest: readonly unknown[]): [string, LogFields] {
  const texts = rest.filter((item) => typeof item === 'string');
  const context = texts.at(-1);
  const stack = texts.length > 1 ? texts[0] : undefined;
  const fields = {
    ...(context !== undefined && { context }),
    ...(stack !== undefined && { stack: redactText(stack) }),
  };
  if (message instanceof Error) return ['The framework reported an error', { ...fields, err: message }];
  return typeof message === 'string'
    ? [redactText(message), fields]
    : ['The framework reported something', { ...fields, report: message }];
}
