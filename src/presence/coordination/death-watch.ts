import type { Clock } from '../../kernel/clock.js';
import type { DeadInstance, InstanceLeases } from './instance-leases.js';
import type { SharedPlaces } from './shared-places.js';

/** Whether an instance is dead is known by then. */
const KNOWN_WITHIN_MS = 2_500;
const LOOK_EVERY_MS = 100;
/** The connections of an instance and those of its clients do not end in the same moment. */
const LEAST_LOOKS = 2;

/** How long a wish waits. */
interface Patience {
  readonly untilMs: number;
  looks: number;
}

/** Frees the places of dead instances where all are taken, and nowhere else: most end with their leases, unnoticed. */
export class DeathWatch {
  /** Where the places of a dead instance were freed, by its death. */
  private cleared = new Map<string, Set<string>>();

  constructor(
    private readonly leases: InstanceLeases,
    private readonly places: SharedPlaces,
    private readonly clock: Clock,
  ) {}

  newPatience(): Patience {
    return { untilMs: this.clock.monotonic() + KNOWN_WITHIN_MS, looks: 0 };
  }

  /** Whether it is worth while to ask once more for a place that was not free. */
  async mayBeFree(tenantId: string, key: string, patience: Patience): Promise<boolean> {
    if (!(await this.leases.refresh())) return false;
    patience.looks += 1;
    const isNews = await this.clear(tenantId, key);
    if (isNews) return true;
    const hasOthers = this.leases.count > 1;
    const isOpen = this.leases.suspects > 0 || (hasOthers && patience.looks < LEAST_LOOKS);
    if (!isOpen || this.clock.monotonic() >= patience.untilMs) return false;
    await this.clock.sleep(LOOK_EVERY_MS);
    return true;
  }

  private async clear(tenantId: string, key: string): Promise<boolean> {
    const { dead } = this.leases;
    this.forgetAllBut(dead);
    const place = `${tenantId} ${key}`;
    const news = dead.filter((one) => this.cleared.get(nameOf(one))?.has(place) !== true);
    if (news.length === 0) return false;
    try {
      await this.places.freeDead(tenantId, key, news);
    } catch {
      return false;
    }
    for (const one of news) {
      const places = this.cleared.get(nameOf(one)) ?? new Set();
      this.cleared.set(nameOf(one), places.add(place));
    }
    return true;
  }

  private forgetAllBut(dead: readonly DeadInstance[]): void {
    if (this.cleared.size === 0) return;
    const names = new Set(dead.map(nameOf));
    for (const name of this.cleared.keys()) if (!names.has(name)) this.cleared.delete(name);
  }
}

function nameOf({ instanceId, diedAt }: DeadInstance): string {
  return `${instanceId} ${diedAt}`;
}
