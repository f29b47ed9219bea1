import type { ChannelPosition } from '../subscriptions/channel-cursor.js';
import type { EventTruth, Found, NumberedFrame } from './event-truth.js';

/** Kept for clients that come back: most missed a few events only, and then nothing has to be read. */
const KEPT_FRAMES = 64;
const KEPT_BYTES = 256 * 1_024;

/** Takes what a stream tells. */
export interface StreamListener {
  event(event: NumberedFrame): void;
  /** Something before `end` is lost for all. */
  gap(end: ChannelPosition): void;
  /** The truth could not be read; that is tried again at the next offer or check. */
  failed(error: unknown): void;
}

/**
 * The events of one channel on this instance, in order and without gaps, however they get here: what is offered is told
 * when it is the next one, and otherwise read together with what is missing before it.
 */
export class NumberedStream {
  private last: ChannelPosition | undefined;
  /** The furthest event that was offered while it could not be told. */
  private wanted: ChannelPosition | undefined;
  private starting: Promise<void> | undefined;
  private filling: Promise<void> | undefined;
  private readonly kept: NumberedFrame[] = [];
  private keptBytes = 0;
  private readonly reads = new Map<string, Promise<Found>>();

  constructor(
    private readonly truth: EventTruth,
    private readonly listener: StreamListener,
  ) {}

  /** Ends when everything after some position is told. Rejects when the truth cannot be read. */
  ready(): Promise<void> {
    if (this.last !== undefined) return Promise.resolve();
    this.starting ??= this.start().finally(() => (this.starting = undefined));
    return this.starting;
  }

  /** An event has come. */
  offer(event: NumberedFrame): void {
    const { last } = this;
    if (last === undefined || this.filling !== undefined) {
      this.want(event.position);
    } else if (event.position.epoch !== last.epoch) {
      void this.fill();
    } else if (event.position.seq === last.seq + 1) {
      this.tell(event);
    } else if (event.position.seq > last.seq) {
      void this.fill();
    }
  }

  /** The truth ends at `seq`, or nobody knows where: what is missing is told. */
  async check(seq?: number): Promise<void> {
    if (this.last === undefined) return this.ready().catch((error: unknown) => this.listener.failed(error));
    if (seq === undefined || seq > this.last.seq) await this.fill();
  }

  /**
   * What came after a position; whatever comes after the answer's `end` is told to the listener, or will be.
   * Without a position: only the end.
   */
  async since(position: ChannelPosition | undefined): Promise<Found> {
    await this.ready();
    if (position !== undefined) await this.catchUpWith(position);
    const end = this.last ?? (await this.truth.end());
    if (position === undefined) return { isWhole: true, events: [], end };
    if (position.epoch !== end.epoch || position.seq > end.seq) return { isWhole: false, end };
    return this.recent(position, end) ?? this.read(position, end);
  }

  /** A position may have been told on another instance, and not yet on this one. */
  private async catchUpWith(position: ChannelPosition): Promise<void> {
    const isAhead = (): boolean =>
      position.epoch !== this.last?.epoch || position.seq > (this.last?.seq ?? 0);
    // A read that is under way may have begun before that event was there.
    if (isAhead()) await this.filling;
    if (isAhead()) await this.fill();
  }

  private recent(position: ChannelPosition, end: ChannelPosition): Found | undefined {
    const missed = end.seq - position.seq;
    if (missed > this.kept.length) return undefined;
    return { isWhole: true, events: missed === 0 ? [] : this.kept.slice(-missed), end };
  }

  /**
   * One read for all who stand at the same place: after the loss of an instance many do. One that began before the
   * latest event was told does not do: whoever subscribed in between would miss that.
   */
  private async read(position: ChannelPosition, end: ChannelPosition): Promise<Found> {
    const key = `${position.epoch ?? ''}:${position.seq}`;
    const underWay = this.reads.get(key);
    if (underWay !== undefined) {
      const shared = await underWay;
      const isLate = shared.end.epoch !== end.epoch || shared.end.seq < end.seq;
      return isLate ? this.read(position, end) : shared;
    }
    const own = this.truth.since(position);
    this.reads.set(key, own);
    return own.finally(() => {
      if (this.reads.get(key) === own) this.reads.delete(key);
    });
  }

  private async start(): Promise<void> {
    const end = await this.truth.end();
    this.last = end;
    if (this.isBehind()) await this.fill();
  }

  private fill(): Promise<void> {
    this.filling ??= this.readOn().catch((error: unknown) => {
      this.filling = undefined;
      this.listener.failed(error);
    });
    return this.filling;
  }

  private async readOn(): Promise<void> {
    for (let isProgress = true; isProgress;) {
      const last = this.last ?? { seq: 0 };
      const found = await this.truth.since(last);
      if (found.isWhole) for (const event of found.events) this.tell(event);
      else this.skipTo(found.end);
      // What the truth does not have cannot be read by trying again.
      isProgress = this.isBehind() && this.last !== undefined && isBeyond(this.last, last);
    }
    // Before anything else can run: what is offered from now on is looked at again.
    this.filling = undefined;
    this.wanted = undefined;
  }

  private skipTo(end: ChannelPosition): void {
    this.kept.length = 0;
    this.keptBytes = 0;
    this.last = end;
    this.listener.gap(end);
  }

  private want(position: ChannelPosition): void {
    if (isBeyond(position, this.wanted)) this.wanted = position;
  }

  private isBehind(): boolean {
    return this.wanted !== undefined && isBeyond(this.wanted, this.last);
  }

  private tell(event: NumberedFrame): void {
    this.last = event.position;
    this.kept.push(event);
    this.keptBytes += event.frame.length;
    while (this.kept.length > KEPT_FRAMES || this.keptBytes > KEPT_BYTES) {
      this.keptBytes -= this.kept.shift()?.frame.length ?? 0;
    }
    this.listener.event(event);
  }
}

/** Numbers of two epochs cannot be compared: what came later is of the later one, most likely. */
function isBeyond(one: ChannelPosition, other: ChannelPosition | undefined): boolean {
  return other === undefined || one.epoch !== other.epoch || one.seq > other.seq;
}
