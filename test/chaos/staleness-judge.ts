import { KEYS } from './keyspace.js';
import type { ChangeRecord, ReadRecord } from './messages.js';

/** How long after an acknowledgement a read may still see what was before. */
export interface Bounds {
  /** Acknowledged as having reached everybody: a message is on its way for this long. */
  readonly messageMs: number;
  /** Acknowledged as `later`: the promise of CACHE_OUTAGE_STALE_MS, beside the message. */
  readonly outageStaleMs: number;
}

/** A time in which instances find each other again, and tell what waited: after Redis came back. */
export interface Reunion {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A time in which one process had no Redis, though others had: nobody waits for it, and it may be late. */
export interface CutOff {
  readonly process: number;
  readonly fromMs: number;
  /** Infinity while it lasts. */
  untilMs: number;
}

/** By what promise a read is stale. */
export type Promised = 'everywhere' | 'later';

/** A read that saw less than it was promised. */
export interface StaleRead {
  readonly promised: Promised;
  readonly read: ReadRecord;
  readonly row: number;
  readonly version: number;
  /** The change it should have seen. */
  readonly change: ChangeRecord;
  /** Its process had not looked at its sockets since the bound had passed: it was not given the processor. */
  readonly isExcused: boolean;
}

/** From when on readers of a row must see at least this change. */
interface Floor {
  readonly fromMs: number;
  readonly change: ChangeRecord;
}

/**
 * Decides which reads are stale. A read is stale when it started later after an acknowledgement than its bound allows,
 * and saw a version older than the one written before that invalidation began. Reads must be judged when all
 * changes acknowledged before their start are known.
 */
export class StalenessJudge {
  /** Per row and promise, ascending in time and in version: what is older than what was promised before says nothing. */
  private readonly floors = new Map<string, Floor[]>();
  private readonly reunions: Reunion[] = [];
  private readonly cutOffs: CutOff[] = [];

  constructor(private readonly bounds: Bounds) {}

  /** @param setReaches what the acknowledgement of a `set` promises, which has no receipt */
  noteChange(change: ChangeRecord, setReaches: Promised = 'later'): void {
    const promised = change.reach === 'set' ? setReaches : change.reach === 'later' ? 'later' : 'everywhere';
    const { messageMs, outageStaleMs } = this.bounds;
    const fromMs = change.acknowledgedAtMs + messageMs + (promised === 'later' ? outageStaleMs : 0);
    for (const row of change.rows) insert(this.floorsOf(row, promised), { fromMs, change });
  }

  /** Redis is back: what was promised for `later` is made good in this time. */
  noteReunion(reunion: Reunion): void {
    this.reunions.push(reunion);
  }

  noteCutOff(cutOff: CutOff): void {
    this.cutOffs.push(cutOff);
  }

  /** Every promise that a read breaks. */
  judge(read: ReadRecord): StaleRead[] {
    return read.seen.flatMap(([row, version]) => [
      ...this.breach(read, { row, version, promised: 'everywhere' }),
      ...this.breach(read, { row, version, promised: 'later' }),
    ]);
  }

  private breach(
    read: ReadRecord,
    { row, version, promised }: { row: number; version: number; promised: Promised },
  ): StaleRead[] {
    if (promised === 'later' && this.isReuniting(read.startedAtMs)) return [];
    const floors = this.floorsOf(row, promised);
    const allowedMs = promised === 'everywhere' && this.isCutOff(read) ? this.bounds.outageStaleMs : 0;
    const change = latest(floors, read.startedAtMs - allowedMs);
    if (change === undefined || change.version <= version) return [];
    const noticed = latest(floors, read.lookedAtMs - allowedMs);
    const isExcused = noticed === undefined || noticed.version <= version;
    return [{ promised, read, row, version, change, isExcused }];
  }

  private isReuniting(atMs: number): boolean {
    return this.reunions.some(({ fromMs, untilMs }) => atMs >= fromMs && atMs <= untilMs);
  }

  private isCutOff({ process, startedAtMs }: ReadRecord): boolean {
    return this.cutOffs.some(
      (cutOff) => cutOff.process === process && startedAtMs >= cutOff.fromMs && startedAtMs <= cutOff.untilMs,
    );
  }

  private floorsOf(row: number, promised: Promised): Floor[] {
    const name = `${promised} ${row}`;
    const known = this.floors.get(name);
    if (known !== undefined) return known;
    const floors: Floor[] = [];
    this.floors.set(name, floors);
    return floors;
  }
}

/** How a stale read is told. */
export function describeStaleRead({ read, row, version, change, promised }: StaleRead): string {
  const { key, process, startedAtMs, bus, source = '?' } = read;
  return (
    `process ${process} read ${KEYS[key]?.key} (${source}, ${bus}) and saw version ${version} of row ${row}, ` +
    `${(startedAtMs - change.acknowledgedAtMs).toFixed(1)} ms after version ${change.version} was invalidated ` +
    `by ${change.kind} (${change.reach}) of process ${change.process}: ${promised} was promised`
  );
}

function insert(floors: Floor[], floor: Floor): void {
  let place = floors.length;
  while (place > 0 && (floors[place - 1]?.fromMs ?? 0) > floor.fromMs) place -= 1;
  const before = floors[place - 1];
  if (before !== undefined && before.change.version >= floor.change.version) return;
  let overtaken = 0;
  while ((floors[place + overtaken]?.change.version ?? Infinity) <= floor.change.version) overtaken += 1;
  floors.splice(place, overtaken, floor);
}

/** The newest change that must be seen at a time. */
function latest(floors: readonly Floor[], atMs: number): ChangeRecord | undefined {
  let low = 0;
  let high = floors.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((floors[middle]?.fromMs ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return floors[low - 1]?.change;
}
