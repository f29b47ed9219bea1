import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { WEBSOCKET_CONFIG, type WebSocketConfig } from '../../config/index.js';
import { Clock, type Timer } from '../../kernel/clock.js';
import { channelKey, type Channel, ReplayLog } from '../../presence/index.js';
import { PendingPoints } from './point-frames.js';
import { RelayFigures } from './relay-figures.js';

/** A source whose window is open. */
interface Window {
  readonly key: string;
  readonly pending: PendingPoints;
  isWriting: boolean;
  timer: Timer | undefined;
}

/** Writes points to the log: those of a source that has been quiet at once, and then once a window. */
@Injectable()
export class PointWriter implements OnApplicationShutdown {
  private readonly windows = new Map<string, Window>();

  constructor(
    private readonly log: ReplayLog,
    private readonly clock: Clock,
    private readonly figures: RelayFigures,
    @Inject(WEBSOCKET_CONFIG) private readonly config: WebSocketConfig,
  ) {}

  onApplicationShutdown(): void {
    for (const { timer } of this.windows.values()) timer?.cancel();
    this.windows.clear();
  }

  add(channel: Channel, points: readonly string[]): void {
    const key = channelKey(channel);
    const window = this.windows.get(key) ?? this.open(key);
    window.pending.add(points);
    if (window.timer === undefined) void this.write(window);
  }

  private open(key: string): Window {
    const pending = new PendingPoints(this.config.maxBatchSize);
    const window: Window = { key, pending, isWriting: false, timer: undefined };
    this.windows.set(key, window);
    return window;
  }

  /** One after the other: the order of the log is that of the points. */
  private async write(window: Window): Promise<void> {
    window.timer = this.clock.after(this.config.batchIntervalMs, () => this.elapsed(window));
    const { payload, dropped } = window.pending.take();
    if (dropped > 0) this.figures.dropPoints(dropped);
    window.isWriting = true;
    try {
      await this.log.append(window.key, payload);
    } finally {
      window.isWriting = false;
    }
  }

  private elapsed(window: Window): void {
    if (window.isWriting) {
      window.timer = this.clock.after(this.config.batchIntervalMs, () => this.elapsed(window));
    } else if (window.pending.isEmpty) {
      this.windows.delete(window.key);
    } else {
      void this.write(window);
    }
  }
}
