import { Injectable } from '@nestjs/common';
import type { EventsStored } from '../../collectors/index.js';
import { type Channel, channelKey, ReplayLog } from '../../presence/index.js';
import { pointsBySource } from './point-frames.js';
import { PointWriter } from './point-writer.js';

/**
 * Brings the points of stored requests to the log, those that somebody on any instance follows. Who follows is asked of
 * the log itself, after the request was stored: what is stored after a client was told that it is subscribed is never
 * left out, however late instances hear of each other.
 */
@Injectable()
export class StoredPoints {
  /** Requests that came while the log was asked, which answers within the bound of a Redis command. */
  private waiting: EventsStored[] = [];
  private isAsking = false;

  constructor(
    private readonly log: ReplayLog,
    private readonly writer: PointWriter,
  ) {}

  add(stored: EventsStored): void {
    this.waiting.push(stored);
    if (!this.isAsking) void this.workOff();
  }

  /** One question at a time, so that points stay in their order. */
  private async workOff(): Promise<void> {
    this.isAsking = true;
    try {
      while (this.waiting.length > 0) {
        const batch = this.waiting;
        this.waiting = [];
        const followed = await this.log.followed(keysOf(batch));
        for (const stored of batch) this.write(stored, followed);
      }
    } finally {
      this.isAsking = false;
    }
  }

  private write(stored: EventsStored, followed: ReadonlySet<string>): void {
    const points = pointsBySource(stored, (source) => followed.has(channelKey(channelOf(stored, source))));
    for (const [source, texts] of points) this.writer.add(channelOf(stored, source), texts);
  }
}

function keysOf(batch: readonly EventsStored[]): readonly string[] {
  const keys = new Set<string>();
  for (const stored of batch) {
    const sources = new Set(stored.events.map(({ scraperSource }) => scraperSource));
    for (const source of sources) keys.add(channelKey(channelOf(stored, source)));
  }
  return [...keys];
}

function channelOf({ tenantId }: EventsStored, source: string): Channel {
  return { kind: 'source', tenantId, source };
}
