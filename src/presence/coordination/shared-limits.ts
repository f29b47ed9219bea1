import type { Clock, Timer } from '../../kernel/clock.js';
import { type RedisLink, RedisUnavailableError } from '../../platform/redis/index.js';
import { type Admission, ConnectionLimits, type Place } from './connection-limits.js';
import { DeathWatch } from './death-watch.js';
import type { InstanceLeases } from './instance-leases.js';
import {
  connectionPlaces,
  layoutPlace,
  type PlaceLimits,
  Places,
  userPlace,
  type WantedPlace,
} from './places.js';
import type { SharedPlaces } from './shared-places.js';
import { type Wish, Wishes } from './wishes.js';

const RENEW_EVERY_MS = 3_000;
/** While Redis is away. */
const RETRY_EVERY_MS = 500;
/** A wish waits for Redis for so long; then this instance decides. */
const DECIDE_WITHIN_MS = 1_000;
const ASK_AGAIN_AFTER_MS = 50;
const MIN_ATTEMPTS = 3;
/** Counting alone, an instance gives out all places for so long, and its share of them afterwards. */
const ALL_PLACES_MS = 60_000;
/** A server that lost its memory is told by all what they hold; nobody is let in before. */
const SETTLE_MS = 2_000;

/** What shared limits are made of. */
export interface SharedLimitsParts {
  readonly redis: RedisLink;
  readonly clock: Clock;
  readonly places: SharedPlaces;
  readonly leases: InstanceLeases;
  readonly limits: PlaceLimits;
}

/**
 * Counts in Redis over all instances: a place is a lease, taken by one script and renewed while it is held. Asking
 * twice gives one place, so that a question without an answer is asked again. When Redis stays silent for a second,
 * this instance counts by itself until everything it holds is registered again.
 */
export class SharedLimits extends ConnectionLimits {
  private readonly places = new Places();
  private readonly wishes = new Wishes<Admission>();
  private readonly deaths: DeathWatch;
  private timer: Timer | undefined;
  private renewing: Promise<void> | undefined;
  /** Renewals that failed in a row. */
  private failures = 0;
  private aloneSinceMs: number | undefined;
  private settlesAtMs = -Infinity;
  private isServerKnown = false;
  private isStopped = false;

  constructor(private readonly parts: SharedLimitsParts) {
    super();
    this.deaths = new DeathWatch(parts.leases, parts.places, parts.clock);
  }

  /** How long this instance has counted by itself; 0: it does not. */
  get aloneForMs(): number {
    return this.aloneSinceMs === undefined ? 0 : this.parts.clock.monotonic() - this.aloneSinceMs;
  }

  start(): void {
    const { leases, redis, clock } = this.parts;
    leases.watch({
      gone: () => undefined,
      came: () => undefined,
      renewed: (hasServerRestarted) => {
        if (hasServerRestarted) this.settlesAtMs = clock.monotonic() + SETTLE_MS;
        void this.renew();
      },
    });
    redis.watch((isConnected) => {
      this.isServerKnown = false;
      if (isConnected) void this.recognise();
    });
    this.schedule();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.timer?.cancel();
    await this.renewing;
  }

  enter(place: Place): Promise<Admission> {
    return this.take(place, connectionPlaces(place, this.parts.limits));
  }

  enterUser(place: Place): Promise<Admission> {
    return this.take(place, [userPlace(place, this.parts.limits)]);
  }

  leaveUser(place: Place): void {
    this.giveBack(place, [userPlace(place, this.parts.limits)]);
  }

  enterLayout(place: Place, layoutId: string): Promise<Admission> {
    return this.take(place, [layoutPlace(layoutId, this.parts.limits)]);
  }

  leaveLayout(place: Place, layoutId: string): void {
    this.giveBack(place, [layoutPlace(layoutId, this.parts.limits)]);
  }

  leave(place: Place): void {
    this.giveBack(place, connectionPlaces(place, this.parts.limits));
  }

  private take(place: Place, wanted: readonly WantedPlace[]): Promise<Admission> {
    return this.wishes.make(wishName(place, wanted), (wish) => this.fulfil(wish, place, wanted));
  }

  private async fulfil(wish: Wish, place: Place, wanted: readonly WantedPlace[]): Promise<Admission> {
    const full = await this.askPatiently(wish, place, wanted);
    const admission = full === undefined ? this.decideAlone(place, wanted) : toAdmission(wanted, full);
    if (wish.isGivenUp || (full === undefined && !admission.isAdmitted)) this.free(place, wanted);
    else if (admission.isAdmitted) for (const { key } of wanted) this.places.take(place, key);
    return admission;
  }

  /** A place that a dead instance holds is free as soon as that is known: a wish waits for so long. */
  private async askPatiently(
    wish: Wish,
    place: Place,
    wanted: readonly WantedPlace[],
  ): Promise<number | undefined> {
    const patience = this.deaths.newPatience();
    for (;;) {
      const full = await this.ask(place, wanted);
      const taken = full === undefined ? undefined : wanted[full - 1];
      if (taken === undefined || wish.isGivenUp) return full;
      if (!(await this.deaths.mayBeFree(place.tenantId, taken.key, patience))) return full;
    }
  }

  /** @returns 0, or the number of the place that is not free; undefined: nobody answered */
  private async ask(place: Place, wanted: readonly WantedPlace[]): Promise<number | undefined> {
    const { clock, places } = this.parts;
    const untilMs = Math.max(clock.monotonic(), this.settlesAtMs) + DECIDE_WITHIN_MS;
    for (let attempt = 1; this.aloneSinceMs === undefined; attempt += 1) {
      try {
        await this.settled();
        return await places.take(place, wanted);
      } catch {
        // A process that stood still finds its answers late: it asks several times before it gives up.
        if (clock.monotonic() >= untilMs && attempt >= MIN_ATTEMPTS) this.countAlone();
        else await clock.sleep(ASK_AGAIN_AFTER_MS);
      }
    }
    return undefined;
  }

  /** @throws RedisUnavailableError REDIS_UNAVAILABLE while it is not known whether this is the server of before */
  private async settled(): Promise<void> {
    const { clock } = this.parts;
    if (!this.isServerKnown) throw new RedisUnavailableError('it has just been connected');
    const leftMs = this.settlesAtMs - clock.monotonic();
    if (leftMs > 0) await clock.sleep(leftMs);
  }

  /** After a loss: a server that was restarted knows nothing of what is held. */
  private async recognise(): Promise<void> {
    this.isServerKnown = await this.parts.leases.refresh();
    void this.renew();
  }

  private decideAlone(place: Place, wanted: readonly WantedPlace[]): Admission {
    const { leases } = this.parts;
    const instances = this.aloneForMs > ALL_PLACES_MS ? leases.lastCount() : 1;
    const shares = wanted.map((one) => ({ ...one, limit: Math.max(1, Math.floor(one.limit / instances)) }));
    return this.places.admit(place, shares);
  }

  private giveBack(place: Place, wanted: readonly WantedPlace[]): void {
    // A wish that is under way frees what it gets.
    if (!this.wishes.giveUp(wishName(place, wanted))) this.free(place, wanted);
  }

  private free(place: Place, wanted: readonly WantedPlace[]): void {
    for (const { key } of wanted) {
      this.places.free(place, key);
      this.parts.places.free(place, key);
    }
  }

  private countAlone(): void {
    this.aloneSinceMs ??= this.parts.clock.monotonic();
    this.schedule();
  }

  private schedule(): void {
    if (this.isStopped) return;
    this.timer?.cancel();
    const isWell = this.aloneSinceMs === undefined && this.failures === 0;
    const delayMs = isWell ? RENEW_EVERY_MS : RETRY_EVERY_MS;
    this.timer = this.parts.clock.after(delayMs, () => void this.renew());
  }

  /** One run at a time; when all is registered, Redis counts again. */
  private renew(): Promise<void> {
    this.renewing ??= this.register().finally(() => {
      this.renewing = undefined;
      this.schedule();
    });
    return this.renewing;
  }

  private async register(): Promise<void> {
    const { places, leases } = this.parts;
    try {
      await places.renew(this.places);
      this.isServerKnown ||= await leases.refresh();
      if (this.isServerKnown) this.aloneSinceMs = undefined;
      this.failures = 0;
    } catch {
      // A single renewal may fail: leases outlive it.
      this.failures += 1;
      if (this.failures >= MIN_ATTEMPTS) this.aloneSinceMs ??= this.parts.clock.monotonic();
    }
  }
}

function wishName({ tenantId, connectionId }: Place, wanted: readonly WantedPlace[]): string {
  return `${tenantId} ${connectionId} ${wanted[0]?.key ?? ''}`;
}

function toAdmission(wanted: readonly WantedPlace[], full: number): Admission {
  const place = wanted[full - 1];
  return place === undefined
    ? { isAdmitted: true }
    : { isAdmitted: false, scope: place.scope, limit: place.limit };
}
