import { WebSocket } from 'ws';
import { LiveClient } from '../../src/client/index.js';
import { ADMIN_KEY, type ApiClient } from '../support/api-client.js';

const PAUSE_MS = 20;
/** Points of two writers differ. */
const WRITERS = 2;

/** Posts points with numbers of its own, one after the other, until it is ended or its instance is gone. */
export class PointWriter {
  /** Those that were taken. */
  readonly told: number[] = [];
  private isWriting = true;
  private readonly done: Promise<void>;

  constructor(
    private readonly api: ApiClient | undefined,
    private readonly source: string,
    private readonly index: number,
  ) {
    this.done = this.write();
  }

  async end(): Promise<void> {
    this.isWriting = false;
    await this.done;
  }

  private async write(): Promise<void> {
    for (let number = this.index; this.isWriting; number += WRITERS) {
      const event = {
        scraperSource: this.source,
        metricType: 'chaos',
        scrapeDurationMs: number,
        success: true,
      };
      const answer = await this.api?.post('/api/metrics/events', event).catch(() => undefined);
      if (answer === undefined) return;
      if (answer.status < 300) this.told.push(number);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** A client that follows a source, and what it has got. */
export class SourceFollower {
  readonly points: number[] = [];
  gaps = 0;
  outOfOrder = 0;
  connects = 0;
  isFollowing = false;
  private last: { readonly epoch: string; readonly seq: number } | undefined;
  private readonly client: LiveClient;

  constructor(url: string, source: string) {
    const hear = (text: string): void => {
      this.isFollowing ||= text.startsWith('{"type":"subscribed"');
    };
    this.client = new LiveClient({
      ...{ url, token: ADMIN_KEY },
      webSocket: class extends WebSocket {
        constructor(address: string, protocols: string[]) {
          super(address, protocols);
          this.on('message', (data: Buffer) => hear(data.toString()));
        }
      },
      onState: ({ name }) => {
        if (name === 'open') this.connects += 1;
      },
    });
    this.client.source(source, {
      onPoints: ({ seq, epoch, points }) => {
        const { last } = this;
        if (last !== undefined && (last.epoch !== epoch || last.seq + 1 !== seq)) this.outOfOrder += 1;
        this.last = { epoch, seq };
        this.points.push(...points.map(({ scrapeDurationMs }) => scrapeDurationMs ?? -1));
      },
      onGap: () => (this.gaps += 1),
    });
  }

  close(): void {
    this.client.close();
  }
}
