import { SystemClock } from '../../src/kernel/clock.js';
import type { EventStreamRequest } from './api-client.js';

const clock = new SystemClock();
const LINES_PER_WRITE = 200;
const SPREAD_MS = 47 * 3_600_000;

/** A stream of `count` events over two days that is the same, byte for byte, each time it is made. */
export class NumberedEvents {
  private readonly endsAtMs = clock.now().getTime();

  constructor(
    readonly scraper: string,
    readonly count: number,
  ) {}

  /** Sum of all durations: an event that is lost or doubled changes it. */
  get sumMs(): number {
    return (this.count * (this.count + 1)) / 2;
  }

  /** Writes the events until all are out or the connection breaks; true when all are out. */
  async writeTo(stream: EventStreamRequest, end = this.count): Promise<boolean> {
    for (let first = 1; first <= end; first += LINES_PER_WRITE) {
      const last = Math.min(end, first + LINES_PER_WRITE - 1);
      let text = '';
      for (let number = first; number <= last; number += 1) text += this.line(number);
      if (!(await stream.write(text))) return false;
    }
    return true;
  }

  private line(number: number): string {
    const createdAt = new Date(this.endsAtMs - ((number * 7_919_000) % SPREAD_MS)).toISOString();
    const event = {
      scraperSource: this.scraper,
      metricType: 'numbered',
      scrapeDurationMs: number,
      success: number % 3 > 0,
      createdAt,
    };
    return `${JSON.stringify(event)}\n`;
  }
}
