import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { WEBSOCKET_CONFIG, type WebSocketConfig } from '../../config/index.js';
import { Clock, type Timer } from '../../kernel/clock.js';
import { KeyExpiredError } from '../errors.js';
import type { HeldKey } from '../../tenancy/index.js';
import { GatewayFigures } from '../figures.js';
import { Sessions } from '../sessions/sessions.js';
import type { Session } from '../sessions/session.js';

const LOOK_EVERY_MS = 1_000;
const MS_PER_SECOND = 1_000;

/**
 * Looks at every connection once a second: pings it when it is time, and cuts those that are silent, do not read, or
 * whose key expires.
 */
@Injectable()
export class Heartbeats implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: Timer | undefined;
  /** Sessions that will be closed within the second, and the key that it is for. */
  private readonly expiring = new WeakMap<Session, HeldKey>();

  constructor(
    private readonly sessions: Sessions,
    private readonly figures: GatewayFigures,
    private readonly clock: Clock,
    @Inject(WEBSOCKET_CONFIG) private readonly config: WebSocketConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = this.clock.after(LOOK_EVERY_MS, () => {
      this.onApplicationBootstrap();
      this.look();
    });
  }

  onApplicationShutdown(): void {
    this.timer?.cancel();
  }

  /** A pong came. */
  notePong(session: Session): void {
    session.isHeard = true;
    if (!session.isPinged) return;
    session.isPinged = false;
    this.figures.pongSeconds.record((this.clock.monotonic() - session.pingedAtMs) / MS_PER_SECOND);
  }

  private look(): void {
    const now = this.clock.monotonic();
    const wallMs = this.clock.now().getTime();
    for (const session of this.sessions.all()) {
      if (!session.isOpen) continue;
      session.outlet.judge();
      this.expire(session, wallMs);
      this.beat(session, now);
    }
  }

  private beat(session: Session, now: number): void {
    if (session.isHeard || session.isBusy) session.isPinged = false;
    session.isHeard = false;
    const waitedMs = now - session.pingedAtMs;
    if (waitedMs < this.config.heartbeatMs) return;
    if (session.isPinged) session.close('SILENT', 'no sign of life');
    else session.ping(now);
  }

  private expire(session: Session, wallMs: number): void {
    const { held } = session;
    const leftMs = (held.expiresAt?.getTime() ?? Infinity) - wallMs;
    if (leftMs > LOOK_EVERY_MS || this.expiring.get(session) === held) return;
    this.expiring.set(session, held);
    this.clock.after(Math.max(0, leftMs), () => {
      if (session.held === held) session.dismiss(new KeyExpiredError(), 'TOKEN_EXPIRED');
    });
  }
}
