import type { CollectorEvent, EventsStored } from '../../collectors/index.js';
import type { LoggedEvent, ServerMessageOf } from '../../presence/index.js';
import type { NumberedFrame } from './event-truth.js';

type Point = ServerMessageOf<'metrics.batch'>['points'][number];

/** A frame holds no more bytes of points. */
const MOST_BYTES = 64 * 1_024;

/** The points of a stored request, as JSON, by source. */
export function pointsBySource(
  { events, arrivedAt }: Pick<EventsStored, 'events' | 'arrivedAt'>,
  isWanted: (source: string) => boolean,
): ReadonlyMap<string, readonly string[]> {
  const bySource = new Map<string, string[] | undefined>();
  for (const event of events) {
    const { scraperSource } = event;
    if (!bySource.has(scraperSource)) bySource.set(scraperSource, isWanted(scraperSource) ? [] : undefined);
    bySource.get(scraperSource)?.push(JSON.stringify(pointOf(event, arrivedAt)));
  }
  return new Map(
    [...bySource].flatMap(([source, points]) => (points === undefined ? [] : [[source, points]])),
  );
}

function pointOf(event: CollectorEvent, arrivedAt: Date): Point {
  const { metricType, success } = event;
  const createdAt = event.createdAt ?? undefined;
  return {
    metricType,
    createdAt: (createdAt === undefined ? arrivedAt : new Date(createdAt)).toISOString(),
    success,
    navigationDurationMs: event.navigationDurationMs ?? null,
    scrapeDurationMs: event.scrapeDurationMs ?? null,
    itemsExtracted: event.itemsExtracted ?? null,
  };
}

/** Points that wait for the next frame of a source: the newest, as many as one holds. */
export class PendingPoints {
  private points: string[] = [];
  private bytes = 0;
  private dropped = 0;

  constructor(private readonly mostPoints: number) {}

  get isEmpty(): boolean {
    return this.points.length === 0;
  }

  add(points: readonly string[]): void {
    for (const point of points) this.bytes += point.length;
    this.points.push(...points);
    let surplus = Math.max(0, this.points.length - this.mostPoints);
    for (let index = 0; index < surplus; index += 1) this.bytes -= this.points[index]?.length ?? 0;
    while (this.bytes > MOST_BYTES && surplus < this.points.length - 1) {
      this.bytes -= this.points[surplus]?.length ?? 0;
      surplus += 1;
    }
    this.points.splice(0, surplus);
    this.dropped += surplus;
  }

  /** The fields of a frame that do not depend on its number; then it is empty. */
  take(): { readonly payload: string; readonly dropped: number } {
    const { dropped } = this;
    const payload = `"dropped":${dropped},"points":[${this.points.join(',')}]`;
    this.points = [];
    this.bytes = 0;
    this.dropped = 0;
    return { payload, dropped };
  }
}

/** A logged event as it is sent. */
export function pointsFrame(source: string, { seq, payload }: LoggedEvent, epoch: string): NumberedFrame {
  const [name, life] = [JSON.stringify(source), JSON.stringify(epoch)];
  const text = `{"type":"metrics.batch","source":${name},"seq":${seq},"epoch":${life},${payload}}`;
  return { position: { seq, epoch }, frame: Buffer.from(text) };
}
