import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { BATCH_PROGRESS, BATCH_STATE } from '../../batch/index.js';
import { WEBSOCKET_CONFIG, type WebSocketConfig } from '../../config/index.js';
import { Clock, type Timer } from '../../kernel/clock.js';
import { DomainEvents } from '../../platform/events/index.js';
import { type Channel, channelKey, type ServerMessageOf } from '../../presence/index.js';
import { RelayOutlets } from './relay-outlets.js';

/** What is to be told of a job. */
interface JobNews {
  readonly tenantId: string;
  readonly jobId: string;
  readonly state?: string;
  readonly processed?: number;
  readonly written?: number;
}

/** Tells a tenant how its batch jobs go on, on whichever instance they are worked off: one frame a job and window. */
@Injectable()
export class JobRelay implements OnModuleInit, OnApplicationShutdown {
  /** News by job; undefined: told a moment ago, and nothing since. */
  private readonly windows = new Map<string, JobNews | undefined>();
  private readonly listening = new Map<string, () => void>();
  private readonly timers = new Set<Timer>();

  constructor(
    private readonly outlets: RelayOutlets,
    private readonly events: DomainEvents,
    private readonly clock: Clock,
    @Inject(WEBSOCKET_CONFIG) private readonly config: WebSocketConfig,
  ) {}

  onModuleInit(): void {
    this.events.subscribe(BATCH_PROGRESS, (progress) => this.note(progress));
    this.events.subscribe(BATCH_STATE, (change) => this.note(change));
    this.outlets.hub.watch('jobs', {
      opened: (channel) => this.listen(channel),
      closed: (channel) => this.deafen(channel),
    });
  }

  onApplicationShutdown(): void {
    for (const timer of this.timers) timer.cancel();
    for (const stop of this.listening.values()) stop();
  }

  private note(news: JobNews): void {
    const key = `${news.tenantId}:${news.jobId}`;
    if (this.windows.has(key)) {
      this.windows.set(key, sum(this.windows.get(key), news));
      return;
    }
    this.tell(news);
    this.openWindow(key);
  }

  private openWindow(key: string): void {
    this.windows.set(key, undefined);
    const timer = this.clock.after(this.config.batchIntervalMs, () => {
      this.timers.delete(timer);
      const news = this.windows.get(key);
      this.windows.delete(key);
      if (news === undefined) return;
      this.tell(news);
      this.openWindow(key);
    });
    this.timers.add(timer);
  }

  private tell({ tenantId, ...news }: JobNews): void {
    const channel: Channel = { kind: 'jobs', tenantId };
    const message: ServerMessageOf<'job'> = { type: 'job', ...news };
    const text = JSON.stringify(message);
    this.outlets.tell(channel, text);
    this.outlets.bus.publish(busKey(channel), text);
  }

  private listen(channel: Channel): void {
    const tell = (text: string): void => this.outlets.tell(channel, text);
    const stop = this.outlets.bus.listen(busKey(channel), tell, () => undefined);
    this.listening.set(channelKey(channel), stop);
  }

  private deafen(channel: Channel): void {
    this.listening.get(channelKey(channel))?.();
    this.listening.delete(channelKey(channel));
  }
}

function sum(before: JobNews | undefined, { processed = 0, written = 0, ...news }: JobNews): JobNews {
  const both = { processed: (before?.processed ?? 0) + processed, written: (before?.written ?? 0) + written };
  return { ...before, ...news, ...both };
}

function busKey(channel: Channel): string {
  return `${channelKey(channel)}:news`;
}
