import { lagOf, PrimaryTrail } from './replica-lag.js';
import type { ServerPosition } from './replica.repository.js';

/** The clock of the primary is so much ahead of the monotonic one; that of the replica is somewhere else. */
const PRIMARY_CLOCK_MS = 1_000_000_000;

function replicaAt(walBytes: number | null, replayedAtMs: number | null = null): ServerPosition {
  const replayed = replayedAtMs === null ? null : PRIMARY_CLOCK_MS + replayedAtMs;
  return {
    systemId: '1',
    databaseName: 'd',
    isInRecovery: true,
    walBytes,
    clockMs: 7,
    replayedAtMs: replayed,
  };
}

function trailOf(...samples: readonly (readonly [atMs: number, walBytes: number])[]): PrimaryTrail {
  const trail = new PrimaryTrail();
  for (const [atMs, walBytes] of samples) trail.add({ atMs, walBytes, clockMs: PRIMARY_CLOCK_MS + atMs });
  return trail;
}

describe('lagOf', () => {
  it('is next to nothing for a replica that has all, however old the last commit is', () => {
    const trail = trailOf([0, 100], [1_000, 100]);

    expect(lagOf(replicaAt(100, -3_600_000), trail, 1_005)).toEqual({ bytes: 0, ms: 5 });
  });

  it('is the time since the primary stood where the replica is', () => {
    const trail = trailOf([0, 100], [1_000, 200], [2_000, 300]);

    expect(lagOf(replicaAt(250), trail, 2_000)).toEqual({ bytes: 50, ms: 1_000 });
    expect(lagOf(replicaAt(100), trail, 2_000)).toEqual({ bytes: 200, ms: 2_000 });
  });

  it('is the age of the last replayed commit where that is less, or nothing else is known', () => {
    expect(lagOf(replicaAt(100, 4_960), trailOf([0, 100], [5_000, 300]), 5_000).ms).toBe(40);
    expect(lagOf(replicaAt(50, -690), trailOf([0, 100]), 10).ms).toBe(700);
    expect(lagOf(replicaAt(50), trailOf([0, 100]), 10).ms).toBeNull();
  });

  it('grows while the primary cannot be asked', () => {
    expect(lagOf(replicaAt(100), trailOf([0, 100]), 60_000).ms).toBe(60_000);
  });
});
