import type { BenchRow } from '../support/report.js';
import { round, withArm } from './crowd.js';
import type { ArmName } from './dialects.js';
import { ABNORMAL } from './light-client.js';
import type { Scale } from './scale.js';

interface Ended {
  readonly codes: Readonly<Record<string, number>>;
  readonly tookMs: number;
}

/** SIGTERM with everybody connected: each client is to hear why, by a close code. */
export async function benchDrain(redisUrl: string, { drain, isWithOthers }: Scale): Promise<BenchRow[]> {
  const ends = new Map<ArmName, Ended>();
  for (const name of armsOf(isWithOthers)) ends.set(name, await endOf(name, redisUrl, drain.clients));
  const [own, nest] = [ends.get('own'), ends.get('nest')];
  return [
    {
      id: 'drain-abnormal-closes',
      ratio: own?.codes[ABNORMAL] ?? 0,
      against: `of ${drain.clients} connections that ended without a close code after SIGTERM`,
      goal: 0,
      want: 'at most',
      figures: {
        codes: JSON.stringify(own?.codes),
        tookMs: round(own?.tookMs ?? NaN),
        ...(nest && { nestCodes: JSON.stringify(nest.codes) }),
      },
    },
  ];
}

function armsOf(isWithOthers: boolean): readonly ArmName[] {
  return isWithOthers ? ['nest', 'own'] : ['own'];
}

function endOf(name: ArmName, redisUrl: string, clients: number): Promise<Ended> {
  return withArm(name, redisUrl, async (arm, generator) => {
    await generator.ask('gather', { ...arm.door, rooms: [], clientsPerRoom: clients });
    const startedAt = performance.now();
    arm.terminate();
    const codes = await generator.ask<Ended['codes']>('untilGone');
    return { codes, tookMs: performance.now() - startedAt };
  });
}
