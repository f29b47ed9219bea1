/** Facts of one log line; the message itself never varies. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where the process reports to. The message is a constant sentence, everything variable is a field;
 * an error goes into the field `err`. Levels: fatal = the process ends, error = a human must act,
 * warn = degraded but served, info = life cycle, debug = per request.
 */
export abstract class Logger {
  abstract fatal(message: string, fields?: LogFields): void;
  abstract error(message: string, fields?: LogFields): void;
  abstract warn(message: string, fields?: LogFields): void;
  abstract info(message: string, fields?: LogFields): void;
  abstract debug(message: string, fields?: LogFields): void;
}
