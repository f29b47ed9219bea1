import type { Clock } from '../../../kernel/clock.js';
import type { EmbeddedPostgresEvent } from './events.js';
import type { RunningServer } from './postmaster.js';

const LOOK_EVERY_MS = 1_000;
const BOUND_LOG_EVERY_LOOKS = 60;
const RESTART_ATTEMPTS = 30;
const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 5_000;

/** What the watch looks at and does. */
export interface ServerWatchOptions {
  readonly clock: Clock;
  readonly onEvent: (event: EmbeddedPostgresEvent) => void;
  readonly onState: (state: 'running' | 'restarting' | 'failed') => void;
  readonly isAlive: () => boolean;
  readonly restart: () => Promise<RunningServer>;
  readonly boundLog: () => Promise<boolean>;
}

/**
 * Looks every second whether the server lives, and starts it again when it does not.
 *
 * A server that was killed leaves backends that may still run a statement; PostgreSQL refuses to start beside
 * them. So a restart is tried again and again with growing pauses, for about two minutes, before the watch
 * gives up.
 */
export class ServerWatch {
  private readonly stopping = new AbortController();
  private readonly finished: Promise<void>;

  constructor(private readonly options: ServerWatchOptions) {
    this.finished = this.run();
  }

  /** Returns when the watch no longer touches the server. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.finished;
  }

  private async run(): Promise<void> {
    const { clock, isAlive } = this.options;
    const { signal } = this.stopping;
    for (let look = 1; ; look += 1) {
      await clock.sleep(LOOK_EVERY_MS, signal);
      if (signal.aborted) return;
      if (!isAlive() && !(await this.heal())) return;
      if (look % BOUND_LOG_EVERY_LOOKS === 0) await this.boundLog();
    }
  }

  /** Whether the server lives again. */
  private async heal(): Promise<boolean> {
    const { clock, onEvent, onState } = this.options;
    const { signal } = this.stopping;
    const diedAt = clock.monotonic();
    onState('restarting');
    onEvent({ kind: 'died' });
    let reason = '';
    for (let attempt = 1; attempt <= RESTART_ATTEMPTS && !signal.aborted; attempt += 1) {
      try {
        const { pid, port } = await this.options.restart();
        onState('running');
        onEvent({ kind: 'restarted', pid, port, tookMs: Math.round(clock.monotonic() - diedAt) });
        return true;
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
        onEvent({ kind: 'restart-failed', attempt, reason });
        await clock.sleep(Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1)), signal);
      }
    }
    if (signal.aborted) return false;
    onState('failed');
    onEvent({ kind: 'given-up', attempts: RESTART_ATTEMPTS, reason });
    return false;
  }

  /** A full disk must not end the watch: the next minute tries again. */
  private async boundLog(): Promise<void> {
    const isEmptied = await this.options.boundLog().catch(() => false);
    if (isEmptied) this.options.onEvent({ kind: 'log-emptied' });
  }
}
