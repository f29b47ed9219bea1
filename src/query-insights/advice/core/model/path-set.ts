import type { Path } from './access.js';
import type { OrderKey } from './tree.js';

/** Paths that none of the others beats in startup, total and order. */
export class PathSet {
  private kept: Path[] = [];

  /** @param useful ids of keys by which something above sorts; orders of others are worth nothing */
  constructor(private readonly useful: ReadonlySet<string>) {}

  add(candidate: Path): void {
    const path = { ...candidate, order: this.usefulPart(candidate.order) };
    if (this.kept.some((other) => beats(other, path))) return;
    this.kept = this.kept.filter((other) => !beats(path, other));
    this.kept.push(path);
  }

  get paths(): readonly Path[] {
    return this.kept;
  }

  private usefulPart(order: readonly OrderKey[]): readonly OrderKey[] {
    const end = order.findIndex(({ id }) => !this.useful.has(id));
    return end === -1 ? order : order.slice(0, end);
  }
}

export function cheapest(paths: readonly Path[]): Path | undefined {
  return paths.reduce<Path | undefined>(
    (best, path) => (best === undefined || path.total < best.total ? path : best),
    undefined,
  );
}

/** How many of the wanted keys the order begins with; keys with one value need none. */
export function sortedKeys(order: readonly OrderKey[], wanted: readonly OrderKey[]): number {
  let count = 0;
  for (const key of wanted) {
    const has = order[count];
    const isSame =
      has?.id === key.id && has.isDescending === key.isDescending && has.isNullsFirst === key.isNullsFirst;
    if (!isSame) break;
    count += 1;
  }
  return count;
}

/** The same without regard to directions, as grouping and merging need it. */
export function groupedKeys(order: readonly OrderKey[], wanted: readonly OrderKey[]): number {
  const ids = new Set(wanted.map(({ id }) => id));
  const end = order.findIndex(({ id }) => !ids.has(id));
  return Math.min(ids.size, end === -1 ? order.length : end);
}

function beats(left: Path, right: Path): boolean {
  if (left.total > right.total || left.startup > right.startup) return false;
  return sortedKeys(left.order, right.order) === right.order.length;
}
