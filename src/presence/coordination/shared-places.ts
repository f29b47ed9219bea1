import { LuaScript, type RedisLink } from '../../platform/redis/index.js';
import type { Place } from './connection-limits.js';
import type { DeadInstance } from './instance-leases.js';
import { renewals } from './place-renewals.js';
import { PlaceWishes } from './place-wishes.js';
import type { Places, WantedPlace } from './places.js';
import type { PresenceKeys } from './presence-keys.js';

/** Places of an instance that stands still are free after so long; of one that is dead as soon as that is known. */
export const PLACE_TTL_MS = 12_000;
/** Of a set of thousands so many are looked at in one go: others wait meanwhile. */
const LOOK_AT_MOST = 2_000;

const CHANGE = new LuaScript(new URL('lua/change-places-1.lua', import.meta.url));
const RENEW = new LuaScript(new URL('lua/renew-places-1.lua', import.meta.url));
const FREE_DEAD = new LuaScript(new URL('lua/free-dead-places-1.lua', import.meta.url));

/** The places of all instances in Redis: leases of holders, who are connections of instances. */
export class SharedPlaces {
  private readonly wishes = new PlaceWishes(({ names, args }) =>
    this.redis.run((commands) => CHANGE.run(commands, names, [PLACE_TTL_MS, ...args])),
  );

  constructor(
    private readonly redis: RedisLink,
    private readonly keys: PresenceKeys,
    private readonly instanceId: string,
  ) {}

  /**
   * All of them or none; who has one keeps it.
   * @returns 0, or the number of the place that is not free
   * @throws RedisUnavailableError REDIS_UNAVAILABLE
   */
  take(place: Place, wanted: readonly WantedPlace[]): Promise<number> {
    const { tenantId } = place;
    const sets = wanted.map(({ key, limit }) => ({ name: this.keys.places(tenantId, key), limit }));
    return this.wishes.take(tenantId, this.holder(place), sets);
  }

  /** Whatever is not taken back ends with its lease. */
  free(place: Place, key: string): void {
    const name = this.keys.places(place.tenantId, key);
    this.wishes.leave(place.tenantId, this.holder(place), name).catch(() => undefined);
  }

  /** Renews all that this instance has given out. @throws RedisUnavailableError REDIS_UNAVAILABLE */
  async renew(places: Places): Promise<void> {
    const runs = [...renewals(places, this.keys)].map(({ names, holders }) =>
      this.redis.run((commands) => RENEW.run(commands, names, [PLACE_TTL_MS, this.instanceId, ...holders])),
    );
    // Without anything held, somebody must have answered all the same.
    await Promise.all(runs.length > 0 ? runs : [this.redis.run((commands) => commands.ping())]);
  }

  /** Frees what a dead instance holds of a place. @throws RedisUnavailableError REDIS_UNAVAILABLE */
  async freeDead(tenantId: string, key: string, { instanceId, diedAt }: DeadInstance): Promise<void> {
    const name = this.keys.places(tenantId, key);
    for (let passedOver = 0; ;) {
      const args = [PLACE_TTL_MS, LOOK_AT_MOST, passedOver, instanceId, diedAt];
      const answer = await this.redis.run((commands) => FREE_DEAD.run(commands, [name], args));
      const [looked = 0, freed = 0] = answer as readonly number[];
      if (looked < LOOK_AT_MOST) return;
      passedOver += looked - freed;
    }
  }

  private holder({ connectionId }: Place): string {
    return `${this.instanceId} ${connectionId}`;
  }
}
