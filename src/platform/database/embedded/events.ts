/** What happens to the embedded server. `describeEvent` gives the log line of each. */
export type EmbeddedPostgresEvent =
  | { readonly kind: 'initialised'; readonly directory: string }
  | { readonly kind: 'started'; readonly pid: number; readonly port: number; readonly tookMs: number }
  | { readonly kind: 'joined'; readonly pid: number; readonly port: number }
  | { readonly kind: 'port-changed'; readonly port: number; readonly lastPort: number }
  | { readonly kind: 'died' }
  | { readonly kind: 'restart-failed'; readonly attempt: number; readonly reason: string }
  | { readonly kind: 'restarted'; readonly pid: number; readonly port: number; readonly tookMs: number }
  | { readonly kind: 'given-up'; readonly attempts: number; readonly reason: string }
  | { readonly kind: 'log-emptied' }
  | { readonly kind: 'left-running'; readonly others: number }
  | { readonly kind: 'stopped' };

/** A log line: a constant message, and the variables as fields. */
export interface EventDescription {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const DESCRIPTIONS: Readonly<Record<EmbeddedPostgresEvent['kind'], Omit<EventDescription, 'fields'>>> = {
  initialised: { level: 'info', message: 'embedded PostgreSQL initialised its data directory' },
  started: { level: 'info', message: 'embedded PostgreSQL started' },
  joined: { level: 'info', message: 'embedded PostgreSQL was running already and is shared' },
  'port-changed': { level: 'warn', message: 'embedded PostgreSQL moved: its former port is taken' },
  died: { level: 'warn', message: 'embedded PostgreSQL died; starting it again' },
  'restart-failed': { level: 'warn', message: 'embedded PostgreSQL could not be started again yet' },
  restarted: { level: 'warn', message: 'embedded PostgreSQL was started again after it had died' },
  'given-up': {
    level: 'error',
    message: 'embedded PostgreSQL stays down: restart Plimsoll, or set DATABASE_URL',
  },
  'log-emptied': { level: 'info', message: 'embedded PostgreSQL log had grown too large and was emptied' },
  'left-running': { level: 'info', message: 'embedded PostgreSQL keeps running: other processes use it' },
  stopped: { level: 'info', message: 'embedded PostgreSQL stopped' },
};

/** Level, message and fields under which an event is logged. */
export function describeEvent({ kind, ...fields }: EmbeddedPostgresEvent): EventDescription {
  return { ...DESCRIPTIONS[kind], fields };
}
