import type { Clock } from '../../kernel/clock.js';
import type { DeadInstance, InstanceLeases } from './instance-leases.js';
import type { SharedPlaces } from './shared-places.js';

/** Whether an instance is dead is known by then. */
const KNOWN_WITHIN_MS = 2_500;
const LOOK_EVERY_MS = 100;
/** The connections of an instance and those of its clients do not end in the same moment. */
const LEAST_LOOKS = 2;

/** How long a wish waits, and for which deaths it has asked anew. */
export interface Patience {
  readonly untilMs: number;
  readonly seen: Set<string>;
  looks: number;
}

/**
 * Frees the places of dead instances where all are taken, and nowhere else: most end with their leases, unnoticed.
 * Thousands may wait at once: they look together, and each place is freed once.
 */
export class DeathWatch {
  /** Where the places of a dead instance were freed, or are about to be, by its death. */
  private readonly freed = new Map<string, Map<string, Promise<void>>>();
  private nextLook: Promise<boolean> | undefined;

  constructor(
    private readonly leases: InstanceLeases,
    private readonly places: SharedPlaces,
    private readonly clock: Clock,
  ) {}

  newPatience(): Patience {
    return { untilMs: this.clock.monotonic() + KNOWN_WITHIN_MS, seen: new Set(), looks: 0 };
  }

  /** Waits while it may be. @returns whether it is worth while to ask once more for a place that was not free */
  async mayBeFree(tenantId: string, key: string, patience: Patience): Promise<boolean> {
    for (;;) {
      patience.looks += 1;
      const isKnown = await (patience.looks === 1 ? this.leases.refresh() : this.look());
      if (!isKnown) return false;
      const news = this.leases.dead.filter((one) => !patience.seen.has(nameOf(one)));
      if (news.length > 0) return this.freeAll(tenantId, key, { news, patience });
      if (!this.isOpen(patience)) return false;
    }
  }

  private isOpen({ looks, untilMs }: Patience): boolean {
    if (this.clock.monotonic() >= untilMs) return false;
    return this.leases.suspects > 0 || (this.leases.count > 1 && looks < LEAST_LOOKS);
  }

  private look(): Promise<boolean> {
    this.nextLook ??= this.clock
      .sleep(LOOK_EVERY_MS)
      .then(() => this.leases.refresh())
      .finally(() => {
        this.nextLook = undefined;
      });
    return this.nextLook;
  }

  private async freeAll(
    tenantId: string,
    key: string,
    { news, patience }: { readonly news: readonly DeadInstance[]; readonly patience: Patience },
  ): Promise<boolean> {
    this.forgetAllBut(this.leases.dead);
    for (const one of news) patience.seen.add(nameOf(one));
    try {
      await Promise.all(news.map((one) => this.freeOnce(tenantId, key, one)));
      return true;
    } catch {
      // Redis does not answer, which the next question deals with.
      return true;
    }
  }

  private freeOnce(tenantId: string, key: string, dead: DeadInstance): Promise<void> {
    const places = this.freed.get(nameOf(dead)) ?? new Map<string, Promise<void>>();
    this.freed.set(nameOf(dead), places);
    const place = `${tenantId} ${key}`;
    const freeing = places.get(place) ?? this.places.freeDead(tenantId, key, dead);
    places.set(place, freeing);
    freeing.catch(() => places.delete(place));
    return freeing;
  }

  private forgetAllBut(dead: readonly DeadInstance[]): void {
    const names = new Set(dead.map(nameOf));
    for (const name of this.freed.keys()) if (!names.has(name)) this.freed.delete(name);
  }
}

function nameOf({ instanceId, diedAt }: DeadInstance): string {
  return `${instanceId} ${diedAt}`;
}
