import type { BenchRow } from '../support/report.js';
import { round, withArm } from './crowd.js';
import type { ArmName } from './dialects.js';
import type { Scale } from './scale.js';

const GOAL_BYTES = 1_024 * 1_024;
const CLIENTS = 50;
const ARMS: readonly ArmName[] = ['raw', 'own'];

interface Cost {
  readonly bytesPerReader: number;
  readonly p99Ms: number;
}

/** Members of a busy room who stop reading: what the server keeps for each, and whether the others notice. */
export async function benchSlowReader(redisUrl: string, { slow }: Scale): Promise<BenchRow[]> {
  const costs = new Map<ArmName, Cost>();
  for (const name of ARMS) costs.set(name, await costOn(name, redisUrl, slow));
  const [own, raw] = [costs.get('own'), costs.get('raw')];
  return [
    {
      id: 'bytes-per-slow-reader',
      ratio: Math.max(0, own?.bytesPerReader ?? NaN),
      against: 'bytes that the server grows by for a member who does not read',
      goal: GOAL_BYTES,
      want: 'at most',
      figures: {
        rawBytes: Math.round(raw?.bytesPerReader ?? NaN),
        othersP99Ms: round(own?.p99Ms ?? NaN),
        rawOthersP99Ms: round(raw?.p99Ms ?? NaN),
      },
    },
  ];
}

function costOn(name: ArmName, redisUrl: string, { readers, ms }: Scale['slow']): Promise<Cost> {
  return withArm(name, redisUrl, async (arm, generator) => {
    const rooms = await arm.rooms(1);
    await generator.ask('gather', { ...arm.door, rooms, clientsPerRoom: CLIENTS });
    const talk = { updatesPerSecond: 20, warmUpMs: 0, ms };
    await generator.ask('talk', talk);
    const before = await arm.figures();
    await generator.ask('freeze', readers);
    const { p99Ms } = await generator.ask<{ p99Ms: number }>('talk', talk);
    const after = await arm.figures();
    return { bytesPerReader: (after.usedBytes - before.usedBytes) / readers, p99Ms };
  });
}
