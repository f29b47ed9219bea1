import type { BenchRow } from '../support/report.js';
import { round, withArm } from './crowd.js';
import type { ArmTalk } from './fan-out.js';
import { measuredTalk } from './fan-out.js';
import type { Scale } from './scale.js';

const GOAL_MS = 15;
const CLIENTS = 10;
/** One of them says something now and then: less often than a batch lasts. */
const UPDATES_PER_SECOND = 10;

/** A room where one person moves: no update waits for a window to end. */
export async function benchQuiet(redisUrl: string, { quiet }: Scale): Promise<BenchRow[]> {
  const talks = new Map<string, ArmTalk>();
  for (const name of ['raw', 'own'] as const) {
    const talk = await withArm(name, redisUrl, async (arm, generator) => {
      const rooms = await arm.rooms(1);
      await generator.ask('gather', { ...arm.door, rooms, clientsPerRoom: CLIENTS });
      const ms = (quiet.updates / UPDATES_PER_SECOND) * 1_000;
      return measuredTalk(arm, generator, {
        ...{ updatesPerSecond: UPDATES_PER_SECOND, talkersPerRoom: 1, warmUpMs: 1_000, ms },
      });
    });
    talks.set(name, talk);
  }
  const [own, raw] = [talks.get('own'), talks.get('raw')];
  return [
    {
      id: 'quiet-p99-ms',
      ratio: own === undefined || own.deliveredShare < 0.9 ? Infinity : own.p99Ms,
      against: `ms, one of ${CLIENTS} in a room moves ${UPDATES_PER_SECOND} times a second`,
      goal: GOAL_MS,
      want: 'at most',
      figures: {
        p50Ms: round(own?.p50Ms ?? NaN),
        rawP50Ms: round(raw?.p50Ms ?? NaN),
        rawP99Ms: round(raw?.p99Ms ?? NaN),
      },
    },
  ];
}
