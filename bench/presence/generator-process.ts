// The clients of a bench, in a process of their own.
import { setTimeout as pause } from 'node:timers/promises';
import { inParallel } from '../support/rounds.js';
import { percentile } from '../support/measure.js';
import { answerQuestions } from '../support/peer-process.js';
import { type ArmName, DIALECTS } from './dialects.js';
import { frameOf, LightClient } from './light-client.js';

/** Clients that are to be there. */
export interface Crowd {
  readonly arm: ArmName;
  readonly port: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Names of rooms, and how many clients join each. No room: they only connect. */
  readonly rooms: readonly string[];
  readonly clientsPerRoom: number;
  readonly atOnce?: number;
}

/** Updates of everybody at a steady pace. */
export interface Talk {
  readonly updatesPerSecond: number;
  readonly warmUpMs: number;
  readonly ms: number;
  /** Only so many clients of each room talk; all by default. */
  readonly talkersPerRoom?: number;
}

/** What came of a talk. */
export interface TalkResult {
  readonly sent: number;
  /** Updates that reached a client, the sender included. */
  readonly delivered: number;
  readonly wanted: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
  readonly framesPerSecond: number;
  readonly generatorCpuShare: number;
}

/** Pings of everybody; each after frames that are not answered. */
export interface Pings {
  readonly bursts: number;
  readonly perBurst: number;
  readonly notesPerPing: number;
  /** From one burst to the next; longer when the answers take longer. */
  readonly pauseMs: number;
}

interface Member {
  readonly client: LightClient;
  readonly room: string;
  readonly place: number;
}

const JOINS_WITHIN_MS = 60_000;
const ANSWERS_WITHIN_MS = 60_000;
const SENT_AT = '"t":';
const MEMBERS_THAT_COUNT = 5;
const AT_ONCE = 64;

const members: Member[] = [];
const closeCodes = new Map<number, number>();
const waiting = new Map<
  LightClient,
  { readonly isIt: (text: string) => boolean; readonly resolve: () => void }
>();
/** Members whose frames are read for what is in them; of the others only bytes are counted. */
const readers = new Set<LightClient>();
let dialect = DIALECTS.raw;
let isCounting = false;
let pongs = 0;
let readUpdates = 0;
let readBytes = 0;
let latencies: number[] = [];

const PONG_BYTES = 40;

function nowUs(): number {
  return Math.round(performance.now() * 1_000);
}

function onText(bytes: Buffer, start: number, end: number, client: LightClient): void {
  const wait = waiting.get(client);
  const isEnginePing = end - start === 1;
  if (wait !== undefined || isEnginePing) return onTalk(bytes.toString('utf8', start, end), client);
  if (end - start < PONG_BYTES && dialect.isPong(bytes.toString('latin1', start, end))) pongs += 1;
  if (!isCounting || !readers.has(client)) return;
  readBytes += end - start;
  countUpdates(bytes.toString('latin1', start, end));
}

function onTalk(text: string, client: LightClient): void {
  if (text === '2') client.send('3');
  const wait = waiting.get(client);
  if (wait?.isIt(text) !== true) return;
  waiting.delete(client);
  wait.resolve();
}

function countUpdates(text: string): void {
  const now = nowUs();
  for (let at = text.indexOf(SENT_AT); at >= 0; at = text.indexOf(SENT_AT, at + SENT_AT.length)) {
    readUpdates += 1;
    latencies.push(now - Number.parseInt(text.slice(at + SENT_AT.length, at + SENT_AT.length + 16), 10));
  }
}

function untilHeard(client: LightClient, isIt: (text: string) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new TypeError('The server did not say what was waited for.')),
      JOINS_WITHIN_MS,
    );
    waiting.set(client, {
      isIt,
      resolve: () => {
        clearTimeout(late);
        resolve();
      },
    });
  });
}

async function enter(
  { arm, port, headers = {} }: Crowd,
  room: string | undefined,
  place: number,
): Promise<void> {
  let welcomed: Promise<void> | undefined;
  const client = await LightClient.connect({
    port,
    path: DIALECTS[arm].path,
    headers,
    onText,
    onClose: (code) => void closeCodes.set(code, (closeCodes.get(code) ?? 0) + 1),
    onOpen: (opened) => {
      welcomed = untilHeard(opened, dialect.isWelcome);
    },
  });
  if (dialect.hello !== undefined) client.send(dialect.hello);
  await welcomed;
  if (room !== undefined) {
    const joined = untilHeard(client, dialect.isJoined);
    client.send(dialect.join(room));
    await joined;
  }
  if (place < MEMBERS_THAT_COUNT) readers.add(client);
  members.push({ client, room: room ?? '', place });
}

/** @returns how long it took until all were there, in ms */
async function gather(crowd: Crowd): Promise<number> {
  dialect = DIALECTS[crowd.arm];
  const rooms = crowd.rooms.length === 0 ? [undefined] : crowd.rooms;
  const startedAt = performance.now();
  await inParallel(rooms.length * crowd.clientsPerRoom, crowd.atOnce ?? AT_ONCE, async (index) => {
    await enter(crowd, rooms[index % rooms.length], Math.floor(index / rooms.length));
    return 0;
  });
  return performance.now() - startedAt;
}

async function talk({
  updatesPerSecond,
  warmUpMs,
  ms,
  talkersPerRoom = Infinity,
}: Talk): Promise<TalkResult> {
  const talkers = members.filter(({ place }) => place < talkersPerRoom);
  const fanOut = members.length / new Set(members.map(({ room }) => room)).size;
  const periodMs = 1_000 / updatesPerSecond;
  const startedAt = performance.now();
  const countFrom = startedAt + warmUpMs;
  let counted = 0;
  let before = totals();
  for (let sent = 0, now = startedAt; now < countFrom + ms; now = performance.now()) {
    if (!isCounting && now >= countFrom) {
      [readUpdates, readBytes, latencies, isCounting] = [0, 0, [], true];
      before = totals();
    }
    // Everybody once a period, at moments spread evenly over it.
    for (const due = Math.floor(((now - startedAt) / periodMs) * talkers.length); sent < due; sent += 1) {
      const talker = talkers[sent % talkers.length];
      if (talker !== undefined) talker.client.send(dialect.update(talker.room, nowUs()));
      if (isCounting) counted += 1;
    }
    await pause(1);
  }
  isCounting = false;
  const after = totals();
  const lengthMs = after.atMs - before.atMs;
  return {
    sent: counted,
    // What the readers read, for as many bytes as all have got.
    delivered: readBytes === 0 ? 0 : Math.round((readUpdates * (after.bytes - before.bytes)) / readBytes),
    wanted: Math.round((lengthMs / periodMs) * talkers.length * fanOut),
    p50Ms: percentile(latencies, 0.5) / 1_000,
    p99Ms: percentile(latencies, 0.99) / 1_000,
    mostMs: percentile(latencies, 1) / 1_000,
    framesPerSecond: Math.round(((after.frames - before.frames) * 1_000) / lengthMs),
    generatorCpuShare: (after.cpuUs - before.cpuUs) / 1_000 / lengthMs,
  };
}

function totals(): { frames: number; bytes: number; cpuUs: number; atMs: number } {
  const { user, system } = process.cpuUsage();
  return {
    frames: members.reduce((sum, { client }) => sum + client.framesIn, 0),
    bytes: members.reduce((sum, { client }) => sum + client.bytesIn, 0),
    cpuUs: user + system,
    atMs: performance.now(),
  };
}

/**
 * Frames that come as a burst a client, so that a server is busy with them and not with waking up.
 * @returns how many
 */
async function pings({ bursts, perBurst, pauseMs, notesPerPing }: Pings): Promise<number> {
  pongs = 0;
  const made = new Map(members.map(({ room }) => [room, burstOf(room, perBurst, notesPerPing)]));
  for (let count = 1; count <= bursts; count += 1) {
    const startedAt = performance.now();
    for (const { client, room } of members) client.write(made.get(room) ?? Buffer.alloc(0));
    while (pongs < count * perBurst * members.length) {
      if (performance.now() - startedAt > ANSWERS_WITHIN_MS) throw new TypeError('Pings were not answered.');
      await pause(1);
    }
    await pause(Math.max(0, pauseMs - (performance.now() - startedAt)));
  }
  return pongs * (notesPerPing + 1);
}

/** No two notes in a row are the same: each changes what is stored. */
function burstOf(room: string, pings: number, notesPerPing: number): Buffer {
  const notes = Array.from({ length: notesPerPing }, (_, number) => frameOf(dialect.note(room, number)));
  return Buffer.concat(Array.from({ length: pings }, () => [...notes, frameOf(dialect.ping)]).flat());
}

/** Processor time of the clients, in microseconds. */
function cpu(): number {
  return totals().cpuUs;
}

/** Lets everybody go, and answers the codes of all that have ended since the last time. */
async function leave(): Promise<Readonly<Record<string, number>>> {
  for (const { client } of members) client.end();
  return untilGone();
}

/** Waits until the server has ended all of them. */
async function untilGone(): Promise<Readonly<Record<string, number>>> {
  const startedAt = performance.now();
  const ended = (): number => [...closeCodes.values()].reduce((sum, count) => sum + count, 0);
  while (ended() < members.length) {
    if (performance.now() - startedAt > JOINS_WITHIN_MS) throw new TypeError('Connections did not end.');
    await pause(5);
  }
  const codes = Object.fromEntries(closeCodes);
  members.length = 0;
  closeCodes.clear();
  readers.clear();
  return codes;
}

/** The last so many stop reading. */
function freeze(count: number): void {
  for (const { client } of members.slice(-count)) client.freeze();
}

answerQuestions({ gather, talk, pings, leave, untilGone, freeze, cpu });
