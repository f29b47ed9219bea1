import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { PresenceBus } from '../../presence/index.js';
import { DomainEvents } from '../../platform/events/index.js';
import { BackgroundJobs } from '../../platform/scheduling/index.js';
import { HeldKeys, KEY_REVOKED, KeyInvalidError } from '../../tenancy/index.js';
import type { Session } from '../sessions/session.js';

/** Between instances. */
const BUS_CHANNEL = 'revoked-keys';
/** How long a connection outlives its key when nobody heard of the revocation. */
const CHECK_EVERY_MS = 5_000;
/** Nobody takes longer to be let in. */
const RECENT_MS = 30_000;

/**
 * Closes the connections of keys that were revoked: at once, on all instances that hear of it; the others see it in the
 * table within seconds.
 */
@Injectable()
export class KeyWatch implements OnModuleInit {
  private readonly byKey = new Map<string, Set<Session>>();
  /** Keys that were revoked a moment ago, and when: whoever is being let in may have shown one of them before. */
  private readonly recent = new Map<string, number>();

  constructor(
    private readonly held: HeldKeys,
    private readonly bus: PresenceBus,
    private readonly events: DomainEvents,
    private readonly jobs: BackgroundJobs,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.events.subscribe(KEY_REVOKED, ({ keyId }) => {
      this.closeAll(keyId);
      this.bus.publish(BUS_CHANNEL, keyId);
    });
    this.bus.listen(
      BUS_CHANNEL,
      (keyId) => {
        this.held.forget(keyId);
        this.closeAll(keyId);
      },
      // What was lost is found by the next look at the table.
      () => undefined,
    );
    this.jobs.register({ name: 'gateway-keys', everyMs: CHECK_EVERY_MS, run: () => this.check() });
  }

  watch(session: Session): void {
    const { keyId } = session.caller;
    const sessions = this.byKey.get(keyId) ?? new Set();
    this.byKey.set(keyId, sessions.add(session));
    // Asked again, because a key may be there anew under the same id. When that fails, the job asks, which is counted.
    if (this.recent.has(keyId)) void this.checkThese([session]).catch(() => undefined);
  }

  unwatch(session: Session): void {
    const { keyId } = session.caller;
    const sessions = this.byKey.get(keyId);
    if (sessions?.delete(session) === true && sessions.size === 0) this.byKey.delete(keyId);
  }

  /** Looks at the keys of all open connections, by one statement. */
  async check(): Promise<void> {
    await this.checkThese([...this.byKey.values()].flatMap((each) => [...each]));
  }

  private async checkThese(sessions: readonly Session[]): Promise<void> {
    const lost = new Set(await this.held.lost([...new Set(sessions.map(({ held }) => held))]));
    for (const session of sessions) if (lost.has(session.held)) closeFor(session);
  }

  private closeAll(keyId: string): void {
    const now = this.clock.monotonic();
    for (const [id, at] of this.recent) if (now - at > RECENT_MS) this.recent.delete(id);
    this.recent.set(keyId, now);
    for (const session of [...(this.byKey.get(keyId) ?? [])]) closeFor(session);
  }
}

function closeFor(session: Session): void {
  session.dismiss(new KeyInvalidError(), 'KEY_INVALID');
}
