import { type LogFields, Logger } from '../../src/platform/logging/index.js';

/** A line that was logged. */
export interface LoggedLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** Keeps what is logged, for tests that look at it. */
export class CollectingLogger extends Logger {
  readonly lines: LoggedLine[] = [];
  readonly fatal = this.collect('fatal');
  readonly error = this.collect('error');
  readonly warn = this.collect('warn');
  readonly info = this.collect('info');
  readonly debug = this.collect('debug');

  /** Messages of one level, in order. */
  messages(level: string): string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }

  private collect(level: string): (message: string, fields?: LogFields) => void {
    return (message, fields = {}) => void this.lines.push({ level, message, fields });
  }
}
