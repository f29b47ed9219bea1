import type { BenchRow } from '../support/report.js';
import { round, withArm } from './crowd.js';
import type { ArmName } from './dialects.js';
import type { Scale } from './scale.js';

const GOAL_BYTES = 12 * 1_024;
const ARMS: readonly ArmName[] = ['raw', 'own'];
const OTHERS: readonly ArmName[] = ['nest', 'socket.io'];
const CLIENTS_PER_ROOM = 50;
/** Each says where its pointer is, so that there is a state to keep. */
const TALK = { updatesPerSecond: 1, warmUpMs: 0, ms: 1_500 };
const CALM_MS = 1_500;

interface Held {
  /** Heap and buffers, and what the system counts, for a connection. */
  readonly usedBytes: number;
  readonly rssBytes: number;
}

/** What a connection holds that is let in, sits in a layout and has told where its pointer is. */
export async function benchMemory(redisUrl: string, { memory, isWithOthers }: Scale): Promise<BenchRow[]> {
  const held = new Map<ArmName, Held>();
  for (const name of isWithOthers ? [...ARMS, ...OTHERS] : ARMS)
    held.set(name, await heldBy(name, redisUrl, memory.clients));
  const own = held.get('own')?.usedBytes ?? NaN;
  return [
    {
      id: 'bytes-per-connection',
      ratio: own,
      against: 'bytes of heap and buffers, after a garbage collection, with everything on',
      goal: GOAL_BYTES,
      want: 'at most',
      figures: Object.fromEntries(
        [...held].map(([name, { usedBytes, rssBytes }]) => [
          name,
          `${round(usedBytes / 1_024)} KiB, ${round(rssBytes / 1_024)} KiB of RSS`,
        ]),
      ),
    },
  ];
}

function heldBy(name: ArmName, redisUrl: string, clients: number): Promise<Held> {
  return withArm(name, redisUrl, async (arm, generator) => {
    const rooms = await arm.rooms(Math.ceil(clients / CLIENTS_PER_ROOM));
    const crowd = { ...arm.door, clientsPerRoom: CLIENTS_PER_ROOM };
    // What the first connections load stays, and is not theirs.
    await generator.ask('gather', { ...crowd, rooms: rooms.slice(0, 1) });
    await generator.ask('talk', TALK);
    await generator.ask('leave');
    await new Promise((resolve) => setTimeout(resolve, CALM_MS));
    const before = await arm.figures();
    await generator.ask('gather', { ...crowd, rooms });
    await generator.ask('talk', TALK);
    await new Promise((resolve) => setTimeout(resolve, CALM_MS));
    const after = await arm.figures();
    const count = rooms.length * CLIENTS_PER_ROOM;
    return {
      usedBytes: (after.usedBytes - before.usedBytes) / count,
      rssBytes: (after.rssBytes - before.rssBytes) / count,
    };
  });
}
