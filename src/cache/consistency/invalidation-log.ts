import { LuaScript, type RedisLink } from '../../platform/redis/index.js';
import { CELL_COUNT } from './cells.js';
import type { Change } from './replica.js';

/** Invalidations the log keeps for those that missed messages; who missed more reads the whole clock. */
const LOG_ENTRIES = 4_096;
/** More than the log ever holds: trimming is approximate. */
const MOST_ENTRIES = 10_000;
const SCAN_COUNT = 1_000;

/** The Redis keys of the clock; all in one slot. */
export interface ClockKeys {
  readonly clock: string;
  readonly log: string;
  readonly members: string;
  readonly channel: string;
}

/** Where the clock stands. */
export interface ClockReading {
  readonly epoch: string;
  readonly sequence: number;
  /** Redis's own time, so that ages do not depend on the clocks of instances. */
  readonly nowMs: number;
  /** How long ago the epoch began. */
  readonly ageMs: number;
}

/** An invalidation that has its place in the order. */
export interface Appended {
  readonly sequence: number;
  /** Instances that were listening, and instances there are. */
  readonly receivers: number;
  readonly members: number;
}

/** One entry of the log. */
export interface LoggedChange extends Change {
  readonly sequence: number;
}

/** What the log had to say after a sequence. */
export interface LogPage {
  readonly epoch: string;
  readonly sequence: number;
  readonly entries: readonly LoggedChange[];
}

const script = (name: string): LuaScript => new LuaScript(new URL(`lua/${name}.lua`, import.meta.url));
const BEAT = script('beat-clock-3');
const APPEND = script('append-invalidation-3');
const READ = script('read-log-2');

/**
 * The shared order of invalidations in Redis: a clock (epoch, sequence, a cell per name) and a capped log.
 * Each method is one round trip, and throws REDIS_UNAVAILABLE when Redis is away.
 */
export class InvalidationLog {
  constructor(
    private readonly redis: RedisLink,
    private readonly keys: ClockKeys,
    private readonly instanceId: string,
    /** An instance that stops beating counts as present for this long. */
    private readonly presenceMs: number,
  ) {}

  /** Takes part in the clock, and renews it when it was lost. `isLoud` has the beat published in any case. */
  async beat(
    known: { readonly epoch: string; readonly sequence: number },
    freshEpoch: string,
    isLoud: boolean,
  ): Promise<ClockReading> {
    const { clock, log, members, channel } = this.keys;
    const args = [
      channel,
      freshEpoch,
      known.epoch,
      known.sequence,
      this.instanceId,
      this.presenceMs,
      isLoud ? 1 : 0,
    ];
    const answer = await this.redis.run((commands) => BEAT.run(commands, [clock, log, members], args));
    const [epoch, sequence, nowMs, ageMs] = answer as [string, number, number, number];
    return { epoch, sequence, nowMs, ageMs };
  }

  /** Undefined: `epoch` is not the clock's any more. `drops` are keys to delete in the same step. */
  async append(epoch: string, change: Change, drops: readonly string[]): Promise<Appended | undefined> {
    const { clock, log, members, channel } = this.keys;
    const payload = JSON.stringify([change.cells, change.keys]);
    const args = [channel, epoch, payload, LOG_ENTRIES, ...change.cells];
    const keys = [clock, log, members, ...drops];
    const answer = await this.redis.run((commands) => APPEND.run(commands, keys, args));
    const [appendedIn, sequence, receivers, present] = answer as [string?, number?, number?, number?];
    if (appendedIn === undefined || sequence === undefined) return undefined;
    return { sequence, receivers: receivers ?? 0, members: present ?? 0 };
  }

  /** Undefined when there is no clock. */
  async readSince(sequence: number): Promise<LogPage | undefined> {
    const { clock, log } = this.keys;
    const answer = await this.redis.run((commands) =>
      READ.run(commands, [clock, log], [sequence, MOST_ENTRIES]),
    );
    const [epoch, last, entries] = answer as [string?, number?, [id: string, fields: string[]][]?];
    if (epoch === undefined || last === undefined) return undefined;
    return { epoch, sequence: last, entries: (entries ?? []).map(parseEntry) };
  }

  /** All cells of the clock, a page at a time. */
  async *cells(): AsyncGenerator<(readonly [cell: number, sequence: number])[]> {
    let cursor = '0';
    do {
      const [next, flat] = await this.redis.run((commands) =>
        commands.hscan(this.keys.clock, cursor, 'COUNT', SCAN_COUNT),
      );
      cursor = next;
      yield pairsOf(flat);
    } while (cursor !== '0');
  }

  /** The last invalidation of each cell; 0 without any. */
  async sequencesOf(cells: readonly number[]): Promise<readonly number[]> {
    const found = await this.redis.run((commands) => commands.hmget(this.keys.clock, ...cells.map(String)));
    return found.map(Number);
  }

  /** Leaves; the others need not wait for this instance. */
  async leave(): Promise<void> {
    await this.redis.run((commands) => commands.zrem(this.keys.members, this.instanceId));
  }
}

/** A message of the channel: "epoch sequence" (a beat) or "epoch sequence change". */
export function parseMessage(message: string): {
  readonly epoch: string;
  readonly sequence: number;
  readonly change: Change | undefined;
} {
  const [epoch = '', number = ''] = message.split(' ', 2);
  const text = message.slice(epoch.length + number.length + 2);
  return { epoch, sequence: Number(number), change: text === '' ? undefined : parseChange(text) };
}

/** Reads a change from the wire; undefined when it is none. */
function parseChange(text: string): Change | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (!Array.isArray(parsed)) return undefined;
    const [cells, keys] = parsed as unknown[];
    if (!Array.isArray(cells) || !Array.isArray(keys)) return undefined;
    if (!cells.every(isCell) || !keys.every((key) => typeof key === 'string')) return undefined;
    return { cells, keys };
  } catch {
    return undefined;
  }
}

function parseEntry([id, fields]: [id: string, fields: string[]]): LoggedChange {
  const change = parseChange(fields[1] ?? '');
  // An entry that cannot be read may have been about anything.
  return { sequence: Number.parseInt(id, 10), ...(change ?? { cells: [CELL_COUNT - 1], keys: [] }) };
}

function isCell(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < CELL_COUNT;
}

function pairsOf(flat: readonly string[]): (readonly [cell: number, sequence: number])[] {
  const pairs: (readonly [number, number])[] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const [cell, sequence] = [Number(flat[index]), Number(flat[index + 1])];
    if (isCell(cell) && Number.isSafeInteger(sequence)) pairs.push([cell, sequence]);
  }
  return pairs;
}
