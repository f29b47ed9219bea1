import { median } from '../support/measure.js';
import { PeerProcess } from '../support/peer-process.js';
import type { BenchRow } from '../support/report.js';
import { type Arm, startArm } from './arm.js';
import { round } from './crowd.js';
import type { ArmName } from './dialects.js';
import type { Pings } from './generator-process.js';
import type { Scale } from './scale.js';

const GENERATOR = new URL('./generator-process.ts', import.meta.url);
const ARMS: readonly ArmName[] = ['raw', 'nest', 'socket.io', 'own'];
/** Within what a connection of ours may send: 50 a second, 100 at once. */
const PER_BURST = 10;
const PAUSE_MS = 220;

interface Contestant {
  readonly arm: Arm;
  readonly generator: PeerProcess;
  readonly usPerMessage: number[];
}

/**
 * What one message costs the server from its arrival to its answer, without what the server does anyway: it is measured
 * idle for as long.
 */
export async function benchDispatch(redisUrl: string, { dispatch }: Scale): Promise<BenchRow[]> {
  const contestants: Contestant[] = [];
  try {
    for (const name of ARMS) contestants.push(await begin(name, redisUrl, dispatch.clients));
    for (let turn = 0; turn <= dispatch.rounds; turn += 1) {
      const order = turn % 2 === 0 ? contestants : contestants.toReversed();
      for (const contestant of order) contestant.usPerMessage.push(await costOf(contestant, dispatch.bursts));
    }
    // In the first turn everything was compiled.
    for (const { usPerMessage } of contestants) usPerMessage.shift();
  } finally {
    await Promise.all(contestants.flatMap(({ arm, generator }) => [generator.stop(), arm.stop()]));
  }
  return rowsOf(contestants);
}

async function begin(name: ArmName, redisUrl: string, clients: number): Promise<Contestant> {
  const arm = await startArm(name, redisUrl);
  const generator = await PeerProcess.start(GENERATOR);
  await generator.ask('gather', { ...arm.door, rooms: [], clientsPerRoom: clients });
  return { arm, generator, usPerMessage: [] };
}

async function costOf({ arm, generator }: Contestant, bursts: number): Promise<number> {
  const idleMs = bursts * PAUSE_MS;
  const before = await arm.cpuUs();
  await new Promise((resolve) => setTimeout(resolve, idleMs));
  const begun = await arm.cpuUs();
  const startedAt = performance.now();
  const messages = await generator.ask<number>('pings', {
    ...{ bursts, perBurst: PER_BURST, pauseMs: PAUSE_MS },
  } satisfies Pings);
  const idleUs = ((begun - before) * (performance.now() - startedAt)) / idleMs;
  return ((await arm.cpuUs()) - begun - idleUs) / messages;
}

function rowsOf(contestants: readonly Contestant[]): BenchRow[] {
  const of = (name: ArmName): readonly number[] =>
    contestants.find(({ arm }) => arm.name === name)?.usPerMessage ?? [];
  const ratio = (reference: ArmName): number =>
    median(of('own').map((us, index) => us / (of(reference)[index] ?? NaN)));
  const figures = Object.fromEntries(
    contestants.map(({ arm, usPerMessage }) => [`${arm.name}Us`, round(median(usPerMessage))]),
  );
  const row = { want: 'at most', figures } as const;
  return [
    {
      ...row,
      id: 'dispatch-to-raw',
      ratio: ratio('raw'),
      against: 'processor time for a ping and its pong by ws alone',
      goal: 2,
    },
    {
      ...row,
      id: 'dispatch-to-nest',
      ratio: ratio('nest'),
      against: 'the same by the stock WsAdapter of Nest',
      goal: 0.25,
    },
  ];
}
