const STEPS = 30;

/** Differences of growing counters over the last thirty steps. */
export class RecentCounts<Name extends string> {
  private readonly snapshots: Readonly<Record<Name, number>>[] = [];

  constructor(private readonly read: () => Readonly<Record<Name, number>>) {
    this.step();
  }

  /** At a fixed pace. */
  step(): void {
    this.snapshots.push({ ...this.read() });
    if (this.snapshots.length > STEPS) this.snapshots.shift();
  }

  /** How much a counter has grown over the window, or since the start. */
  since(name: Name): number {
    return this.read()[name] - (this.snapshots[0]?.[name] ?? 0);
  }
}
