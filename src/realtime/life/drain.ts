import { type BeforeApplicationShutdown, Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HTTP_CONFIG, type HttpConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { Ids } from '../../kernel/ids.js';
import { GracefulShutdown } from '../../platform/http/index.js';
import { encode } from '../sessions/answers.js';
import type { Session } from '../sessions/session.js';
import { Sessions } from '../sessions/sessions.js';

/** Other instances take this many connections a second from a stopping one without noticing. */
const CLOSES_PER_MS = 1;
const BATCH = 100;
/** The most a peer needs to answer a close frame, or is cut. */
const GOODBYE_MS = 2_500;
const LOOK_EVERY_MS = 50;

/**
 * Sends clients to other instances when this one stops: they are told, and come back each at a moment of its own; who
 * waits is closed with 1012, batch by batch in random order. Nobody loses a connection without a close frame.
 */
@Injectable()
export class Drain implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly sessions: Sessions,
    private readonly shutdown: GracefulShutdown,
    private readonly clock: Clock,
    private readonly ids: Ids,
    @Inject(HTTP_CONFIG) private readonly http: HttpConfig,
  ) {}

  onModuleInit(): void {
    this.shutdown.draining.addEventListener('abort', () => void this.run(), { once: true });
  }

  /** The port closes only when all connections are gone: whoever is still there gets a short goodbye. */
  async beforeApplicationShutdown(): Promise<void> {
    for (const session of this.sessions.all()) closeFor(session);
    const deadlineMs = this.clock.monotonic() + GOODBYE_MS;
    while (this.sessions.size > 0 && this.clock.monotonic() < deadlineMs) {
      await this.clock.sleep(LOOK_EVERY_MS);
    }
    for (const session of this.sessions.all()) session.cut();
  }

  private async run(): Promise<void> {
    const waiting = shuffled([...this.sessions.all()], this.ids);
    const windowMs = Math.min(Math.ceil(waiting.length / CLOSES_PER_MS), this.http.shutdownDeadlineMs / 2);
    const farewell = encode({ type: 'going_away', reconnectWithinMs: Math.round(windowMs) });
    for (const session of waiting) session.outlet.send(farewell, 'reliable');
    const batches = Math.ceil(waiting.length / BATCH);
    for (let batch = 0; batch < batches; batch += 1) {
      await this.clock.sleep(windowMs / batches);
      for (const session of waiting.slice(batch * BATCH, (batch + 1) * BATCH)) closeFor(session);
    }
    // Whoever was being let in when the drain began.
    for (const session of this.sessions.all()) closeFor(session);
  }
}

function closeFor(session: Session): void {
  session.close('RESTARTING', 'the instance stops');
}

function shuffled(sessions: Session[], ids: Ids): Session[] {
  for (let index = sessions.length - 1; index > 0; index -= 1) {
    const other = Math.floor(ids.fraction() * (index + 1));
    const [one, two] = [sessions[index], sessions[other]];
    if (one !== undefined && two !== undefined) [sessions[index], sessions[other]] = [two, one];
  }
  return sessions;
}
