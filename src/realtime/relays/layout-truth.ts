import type { FedChanges, LayoutChange, LayoutFeed } from '../../dashboards/index.js';
import type { ServerMessageOf } from '../../presence/index.js';
import type { ChannelPosition } from '../subscriptions/channel-cursor.js';
import type { EventTruth, Found, NumberedFrame } from './event-truth.js';

const PAGE = 200;
/** Whoever missed more loads the layout anew, which is less. */
const MOST_EVENTS = 1_000;
const MOST_BYTES = 1_024 * 1_024;

/** A change as it is sent. */
export function changeFrame(change: LayoutChange): NumberedFrame {
  const { number, layoutId, layoutVersion, actor, kind, at, changes } = change;
  const message: ServerMessageOf<'region.changed'> = {
    ...{ type: 'region.changed', layout: layoutId, seq: number, layoutVersion, actor, kind },
    at: at.toISOString(),
    // What is stored as JSON is JSON.
    changes: changes as ServerMessageOf<'region.changed'>['changes'],
  };
  return { position: { seq: number }, frame: Buffer.from(JSON.stringify(message)) };
}

/** The operations of one layout, as the database has them. */
export class LayoutTruth implements EventTruth {
  constructor(
    private readonly feed: LayoutFeed,
    private readonly layoutId: string,
  ) {}

  async end(): Promise<ChannelPosition> {
    const latest = await this.feed.latest([this.layoutId]);
    return { seq: latest.get(this.layoutId) ?? 0 };
  }

  async since(position: ChannelPosition): Promise<Found> {
    const events: NumberedFrame[] = [];
    let end = position;
    for (let isMore = true; isMore;) {
      const page = await this.pageAfter(end.seq);
      if (page === undefined) return this.gap();
      events.push(...page.changes.map(changeFrame));
      end = events.at(-1)?.position ?? position;
      if (isTooMuch(events)) return this.gap();
      ({ isMore } = page);
    }
    return { isWhole: true, events, end };
  }

  /** Undefined when some of those that follow are not kept any more: old ones of one person go, and others' stay. */
  private async pageAfter(seq: number): Promise<FedChanges | undefined> {
    const page = await this.feed.since(this.layoutId, seq, PAGE);
    const isWhole = page.changes.every(({ number }, index) => number === seq + 1 + index);
    return isWhole ? page : undefined;
  }

  private async gap(): Promise<Found> {
    return { isWhole: false, end: await this.end() };
  }
}

function isTooMuch(events: readonly NumberedFrame[]): boolean {
  const bytes = events.reduce((sum, { frame }) => sum + frame.length, 0);
  return events.length > MOST_EVENTS || bytes > MOST_BYTES;
}
