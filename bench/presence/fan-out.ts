import type { PeerProcess } from '../support/peer-process.js';
import type { BenchRow } from '../support/report.js';
import type { Arm } from './arm.js';
import { round, withArm } from './crowd.js';
import type { ArmName } from './dialects.js';
import type { Talk, TalkResult } from './generator-process.js';
import type { Scale } from './scale.js';

const ARMS: readonly ArmName[] = ['raw', 'own'];
const OTHERS: readonly ArmName[] = ['prebuilt', 'nest', 'socket.io'];

/** A talk, and what it cost the server. */
export interface ArmTalk extends TalkResult {
  readonly deliveredShare: number;
  readonly cpuUsPerDelivery: number;
}

/** Rooms full of people who move their pointers: everybody's update goes to everybody in the room. */
export async function benchFanOut(redisUrl: string, { fanOut, isWithOthers }: Scale): Promise<BenchRow[]> {
  const results = new Map<ArmName, ArmTalk>();
  for (const name of isWithOthers ? [...ARMS, ...OTHERS] : ARMS)
    results.set(name, await talkOn(name, redisUrl, fanOut));
  const [own, raw] = [results.get('own'), results.get('raw')];
  if (own === undefined || raw === undefined) throw new TypeError('an arm is missing');
  const wantedPerSecond = fanOut.rooms * fanOut.clientsPerRoom ** 2 * fanOut.updatesPerSecond;
  const figures = Object.fromEntries([...results].map(([name, result]) => [name, short(result)]));
  const cpuRatio = own.cpuUsPerDelivery / raw.cpuUsPerDelivery;
  return [
    {
      id: 'fan-out-delivered-share',
      ratio: own.deliveredShare,
      against: `${wantedPerSecond} deliveries a second wanted`,
      goal: 0.99,
      want: 'at least',
      figures,
    },
    {
      id: 'fan-out-p99-ms',
      ratio: own.p99Ms,
      against: 'ms, from the moment an update was sent',
      goal: 100,
      want: 'at most',
    },
    {
      id: 'fan-out-cpu-to-send-each',
      ratio: cpuRatio,
      against: 'processor time for a delivery of raw ws that sends each update to each member',
      goal: 0.15,
      want: 'at most',
      figures: { ownUs: own.cpuUsPerDelivery, rawUs: raw.cpuUsPerDelivery },
    },
  ];
}

function talkOn(name: ArmName, redisUrl: string, fanOut: Scale['fanOut']): Promise<ArmTalk> {
  return withArm(name, redisUrl, async (arm, generator) => {
    const rooms = await arm.rooms(fanOut.rooms);
    await generator.ask('gather', { ...arm.door, rooms, clientsPerRoom: fanOut.clientsPerRoom });
    return measuredTalk(arm, generator, fanOut);
  });
}

/** A talk of those who are gathered, with the server's processor time over all of it. */
export async function measuredTalk(arm: Arm, generator: PeerProcess, talk: Talk): Promise<ArmTalk> {
  // What is not measured is the same talk, so that all is compiled and every queue is as full as it gets.
  await generator.ask<TalkResult>('talk', { ...talk, ms: 0 });
  const before = await arm.cpuUs();
  const result = await generator.ask<TalkResult>('talk', { ...talk, warmUpMs: 0 });
  const spent = (await arm.cpuUs()) - before;
  return {
    ...result,
    deliveredShare: result.delivered / result.wanted,
    cpuUsPerDelivery: spent / result.delivered,
  };
}

function short({
  deliveredShare,
  cpuUsPerDelivery,
  p50Ms,
  p99Ms,
  framesPerSecond,
  generatorCpuShare,
}: ArmTalk): string {
  return [
    `delivered ${round(deliveredShare)}`,
    `${round(cpuUsPerDelivery)} us each`,
    `p50/p99 ${round(p50Ms)}/${round(p99Ms)} ms`,
    `${framesPerSecond} frames/s`,
    `generator ${round(generatorCpuShare)}`,
  ].join(', ');
}
