import { median } from '../support/measure.js';
import type { BenchRow } from '../support/report.js';
import { round, withArm } from './crowd.js';
import type { ArmName } from './dialects.js';
import type { Scale } from './scale.js';

interface Connects {
  /** Processor time of the clients over the time it took: near 1, it is they who limit. */
  readonly generatorShare: number;
  readonly perSecond: number;
  readonly cpuUs: number;
}

/** From the connection to `welcome`: with a key that is looked at and places that are taken in Redis, and without. */
export async function benchConnect(redisUrl: string, { connect, isWithOthers }: Scale): Promise<BenchRow[]> {
  const raw = await connects('raw', redisUrl, connect);
  const own = await connects('own', redisUrl, connect);
  const nest = isWithOthers ? await connects('nest', redisUrl, connect) : undefined;
  return [
    {
      id: 'connect-rate-to-raw',
      ratio: own.perSecond / raw.perSecond,
      against: 'connections a second that ws alone takes, 64 at once',
      goal: 0.7,
      want: 'at least',
      figures: {
        ownPerSecond: Math.round(own.perSecond),
        rawPerSecond: Math.round(raw.perSecond),
        ownCpuUs: round(own.cpuUs),
        rawCpuUs: round(raw.cpuUs),
        generatorShare: `${round(own.generatorShare)} for ours, ${round(raw.generatorShare)} for raw`,
        ...(nest && { nestPerSecond: Math.round(nest.perSecond), nestCpuUs: round(nest.cpuUs) }),
      },
    },
  ];
}

function connects(name: ArmName, redisUrl: string, { clients, rounds }: Scale['connect']): Promise<Connects> {
  return withArm(name, redisUrl, async (arm, generator) => {
    const [rates, costs, shares]: [number[], number[], number[]] = [[], [], []];
    // The first round is not counted: everything is compiled in it.
    for (let turn = 0; turn <= rounds; turn += 1) {
      const before = await arm.cpuUs();
      const clientsBefore = await generator.ask<number>('cpu');
      const tookMs = await generator.ask<number>('gather', {
        ...arm.door,
        rooms: [],
        clientsPerRoom: clients,
      });
      const spent = (await arm.cpuUs()) - before;
      const clientsSpent = (await generator.ask<number>('cpu')) - clientsBefore;
      await generator.ask('leave');
      if (turn === 0) continue;
      rates.push((clients * 1_000) / tookMs);
      costs.push(spent / clients);
      shares.push(clientsSpent / 1_000 / tookMs);
    }
    return { perSecond: median(rates), cpuUs: median(costs), generatorShare: median(shares) };
  });
}
