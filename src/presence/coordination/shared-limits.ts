import type { Clock, Timer } from '../../kernel/clock.js';
import { LuaScript, type RedisLink, RedisUnavailableError } from '../../platform/redis/index.js';
import { type Admission, ConnectionLimits, type Place } from './connection-limits.js';
import type { InstanceLeases } from './instance-leases.js';
import { connectionPlaces, layoutPlace, type PlaceLimits, Places, type WantedPlace } from './places.js';
import { renewals } from './place-renewals.js';
import type { PresenceKeys } from './presence-keys.js';

/** Places of an instance that is gone are free after so long. */
export const PLACE_TTL_MS = 12_000;
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

const TAKE = new LuaScript(new URL('lua/take-places-1.lua', import.meta.url));
const RENEW = new LuaScript(new URL('lua/renew-places-1.lua', import.meta.url));

/** What shared limits are made of. */
export interface SharedLimitsParts {
  readonly redis: RedisLink;
  readonly clock: Clock;
  readonly keys: PresenceKeys;
  readonly leases: InstanceLeases;
  readonly limits: PlaceLimits;
}

/** A wish on its way; its holder may have gone meanwhile. */
interface Wish {
  isGivenUp: boolean;
}

/**
 * Counts in Redis over all instances: a place is a lease, taken by one script and renewed while it is held. Asking
 * twice gives one place, so that a question without an answer is asked again. When Redis stays silent for a second,
 * this instance counts by itself until everything it holds is registered again.
 */
export class SharedLimits extends ConnectionLimits {
  private readonly places = new Places();
  private readonly wishes = new Map<string, Wish>();
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

  enterLayout(place: Place, layoutId: string): Promise<Admission> {
    return this.take(place, [layoutPlace(layoutId, this.parts.limits)]);
  }

  leaveLayout(place: Place, layoutId: string): void {
    this.giveBack(place, [layoutPlace(layoutId, this.parts.limits)]);
  }

  leave(place: Place): void {
    this.giveBack(place, connectionPlaces(place, this.parts.limits));
  }

  private async take(place: Place, wanted: readonly WantedPlace[]): Promise<Admission> {
    const name = wishName(place, wanted);
    const wish: Wish = { isGivenUp: false };
    this.wishes.set(name, wish);
    const full = await this.ask(place, wanted);
    if (this.wishes.get(name) === wish) this.wishes.delete(name);
    const admission = full === undefined ? this.decideAlone(place, wanted) : toAdmission(wanted, full);
    if (wish.isGivenUp || (full === undefined && !admission.isAdmitted)) this.free(place, wanted);
    else if (admission.isAdmitted) for (const { key } of wanted) this.places.take(place, key);
    return admission;
  }

  /** @returns 0, or the number of the place that is not free; undefined: nobody answered */
  private async ask(place: Place, wanted: readonly WantedPlace[]): Promise<number | undefined> {
    const { clock, redis, keys } = this.parts;
    const untilMs = Math.max(clock.monotonic(), this.settlesAtMs) + DECIDE_WITHIN_MS;
    const names = wanted.map(({ key }) => keys.places(place.tenantId, key));
    const args = [PLACE_TTL_MS, place.connectionId, ...wanted.map(({ limit }) => limit)];
    for (let attempt = 1; this.aloneSinceMs === undefined; attempt += 1) {
      try {
        await this.settled();
        return Number(await redis.run((commands) => TAKE.run(commands, names, args)));
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
    const wish = this.wishes.get(wishName(place, wanted));
    if (wish !== undefined) wish.isGivenUp = true;
    this.free(place, wanted);
  }

  private free(place: Place, wanted: readonly WantedPlace[]): void {
    const { redis, keys } = this.parts;
    for (const { key } of wanted) {
      this.places.free(place, key);
      // Whatever is not taken back here ends with its lease.
      redis
        .run((commands) => commands.zrem(keys.places(place.tenantId, key), place.connectionId))
        .catch(() => undefined);
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
    const { redis, keys, leases } = this.parts;
    try {
      const runs = [...renewals(this.places, keys)].map(({ names, holders }) =>
        redis.run((commands) => RENEW.run(commands, names, [PLACE_TTL_MS, ...holders])),
      );
      // Without anything held, somebody must have answered all the same.
      await Promise.all(runs.length > 0 ? runs : [redis.run((commands) => commands.ping())]);
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
