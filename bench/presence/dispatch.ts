import { median } from '../support/measure.js';
import type { BenchRow } from '../support/report.js';
import { giveBack, lend, type Match, round } from './crowd.js';
import type { ArmName } from './dialects.js';
import type { Pings } from './generator-process.js';
import type { Scale } from './scale.js';

const ARMS: readonly ArmName[] = ['raw', 'nest', 'own'];
const OTHERS: readonly ArmName[] = ['socket.io'];
const CLIENTS_PER_ROOM = 50;
const IDLE_MS = 2_000;
/** What clients send; within what a connection of ours may: 50 frames a second, 100 at once. */
interface Load {
  readonly perBurst: number;
  readonly notesPerPing: number;
  readonly pauseMs: number;
}

/** Mostly frames that are stored and not answered: what is left is what the way of a frame to its handler costs. */
const NOTES: Load = { perBurst: 1, notesPerPing: 49, pauseMs: 1_100 };
/** Every frame is answered: most of the cost is the system's, for sending. */
const PINGS: Load = { perBurst: 10, notesPerPing: 0, pauseMs: 220 };

interface Contestant extends Match {
  readonly idleUsPerMs: number;
  readonly notesUs: number[];
  readonly pingsUs: number[];
}

/**
 * What one message costs the server from its arrival to its answer, without what the server does anyway: it is measured
 * idle, too.
 */
export async function benchDispatch(
  redisUrl: string,
  { dispatch, isWithOthers }: Scale,
): Promise<BenchRow[]> {
  const contestants: Contestant[] = [];
  try {
    for (const name of isWithOthers ? [...ARMS, ...OTHERS] : ARMS)
      contestants.push(await begin(name, redisUrl, dispatch.clients));
    for (let turn = 0; turn <= dispatch.rounds; turn += 1) {
      const order = turn % 2 === 0 ? contestants : contestants.toReversed();
      for (const contestant of order) await measure(contestant, dispatch);
    }
    // In the first turn everything was compiled.
    for (const { notesUs, pingsUs } of contestants) for (const figures of [notesUs, pingsUs]) figures.shift();
  } finally {
    await Promise.all(contestants.map(giveBack));
  }
  return [...notesRows(contestants), ...pingsRows(contestants)];
}

async function measure(contestant: Contestant, { notes, pings }: Scale['dispatch']): Promise<void> {
  contestant.notesUs.push(await costOf(contestant, NOTES, notes));
  contestant.pingsUs.push(await costOf(contestant, PINGS, pings));
}

async function begin(name: ArmName, redisUrl: string, clients: number): Promise<Contestant> {
  const { arm, generator } = await lend(name, redisUrl);
  const rooms = await arm.rooms(Math.ceil(clients / CLIENTS_PER_ROOM));
  await generator.ask('gather', { ...arm.door, rooms, clientsPerRoom: clients / rooms.length });
  const before = await arm.cpuUs();
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const idleUsPerMs = ((await arm.cpuUs()) - before) / IDLE_MS;
  return { arm, generator, idleUsPerMs, notesUs: [], pingsUs: [] };
}

async function costOf(
  { arm, generator, idleUsPerMs }: Contestant,
  load: Load,
  bursts: number,
): Promise<number> {
  const begun = await arm.cpuUs();
  const startedAt = performance.now();
  const messages = await generator.ask<number>('pings', { ...load, bursts } satisfies Pings);
  const idleUs = idleUsPerMs * (performance.now() - startedAt);
  return ((await arm.cpuUs()) - begun - idleUs) / messages;
}

function notesRows(contestants: readonly Contestant[]): BenchRow[] {
  return rowsOf(contestants, 'notesUs', [
    {
      reference: 'raw',
      id: 'dispatch-to-raw',
      against: 'processor time of ws alone for a frame that is stored and not answered',
      goal: 2,
    },
    {
      reference: 'nest',
      id: 'dispatch-to-nest',
      against: 'the same by the stock WsAdapter of Nest',
      goal: 0.25,
    },
  ]);
}

function pingsRows(contestants: readonly Contestant[]): BenchRow[] {
  return rowsOf(contestants, 'pingsUs', [
    {
      reference: 'raw',
      id: 'ping-pong-to-raw',
      against: 'processor time of ws alone for a ping and its pong',
      goal: 2,
    },
    {
      reference: 'nest',
      id: 'ping-pong-to-nest',
      against: 'the same by the stock WsAdapter of Nest: mostly the system call that sends',
      goal: 1,
    },
  ]);
}

type Wanted = Pick<BenchRow, 'id' | 'against' | 'goal'> & { readonly reference: ArmName };

function rowsOf(
  contestants: readonly Contestant[],
  kind: 'notesUs' | 'pingsUs',
  wanted: readonly Wanted[],
): BenchRow[] {
  const of = (name: ArmName): readonly number[] =>
    contestants.find(({ arm }) => arm.name === name)?.[kind] ?? [];
  const ratio = (reference: ArmName): number =>
    median(of('own').map((us, index) => us / (of(reference)[index] ?? NaN)));
  const figures = Object.fromEntries(
    contestants.map((contestant) => [`${contestant.arm.name}Us`, round(median(contestant[kind]))]),
  );
  return wanted.map(({ reference, ...row }) => ({
    ...row,
    ratio: ratio(reference),
    want: 'at most',
    figures,
  }));
}
