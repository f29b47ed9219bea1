import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import {
  LAYOUT_TOUCHED,
  type LayoutChange,
  type LayoutTouched,
  REGION_CHANGED,
} from '../../dashboards/index.js';
import { DomainEvents } from '../../platform/events/index.js';
import { BackgroundJobs } from '../../platform/scheduling/index.js';
import { channelKey, PresenceBus } from '../../presence/index.js';
import type { LayoutAbout } from '../subscriptions/histories.js';
import { type LayoutChannel, LayoutHeads } from './layout-heads.js';
import { changeFrame, LayoutTruth } from './layout-truth.js';
import type { ChannelKind, NumberedChannels } from './numbered-channels.js';
import type { NumberedStream } from './numbered-stream.js';
import { RelayDesk } from './relay-desk.js';

/** An operation whose instance ended between its commit and its word is told so late. */
const CHECK_EVERY_MS = 1_000;

/** Layouts that are read at once when something was missed in many. */
const READ_AT_ONCE = 8;

/** On the bus: the layout itself was changed or deleted, and is to be looked at. */
const TOUCHED = 'touched';

/**
 * Tells collaborators what is done to a layout. Operations are numbered in the transaction that makes them, so the
 * table is the truth: what the bus brings is only quicker, and nothing is lost with it.
 */
@Injectable()
export class LayoutRelay implements OnModuleInit, OnApplicationShutdown, ChannelKind<'layout'> {
  readonly kind = 'layout';
  readonly lane = 'reliable';
  private readonly channels: NumberedChannels<'layout'>;

  constructor(
    desk: RelayDesk,
    private readonly heads: LayoutHeads,
    private readonly bus: PresenceBus,
    private readonly events: DomainEvents,
    private readonly jobs: BackgroundJobs,
  ) {
    this.channels = desk.open(this);
  }

  onModuleInit(): void {
    this.events.subscribe(REGION_CHANGED, (change) => this.tell(change));
    this.events.subscribe(LAYOUT_TOUCHED, (touched) => this.tellTouched(touched));
    this.jobs.register({
      name: 'gateway-layout-check',
      everyMs: CHECK_EVERY_MS,
      run: () => this.check(),
    });
  }

  onApplicationShutdown(): void {
    this.channels.close();
  }

  truth({ layoutId }: LayoutChannel): LayoutTruth {
    return new LayoutTruth(this.heads.feed, layoutId);
  }

  target({ layoutId }: LayoutChannel): { readonly layout: string } {
    return { layout: layoutId };
  }

  begin(channel: LayoutChannel, stream: NumberedStream): () => void {
    const onMessage = (message: string): void => {
      if (message === TOUCHED) return void this.lookAt(channel);
      const space = message.indexOf(' ');
      const seq = Number(message.slice(0, space));
      if (Number.isSafeInteger(seq))
        stream.offer({ position: { seq }, frame: Buffer.from(message.slice(space + 1)) });
    };
    // What is lost on the way is found by the next check.
    const stop = this.bus.listen(busKey(channel), onMessage, () => undefined);
    return () => {
      stop();
      this.heads.forget(channel);
    };
  }

  about(channel: LayoutChannel): Promise<LayoutAbout | undefined> {
    return this.heads.of(channel);
  }

  private tell(change: LayoutChange): void {
    const channel: LayoutChannel = { kind: 'layout', tenantId: change.tenantId, layoutId: change.layoutId };
    const event = changeFrame(change);
    this.channels.find(channel)?.stream.offer(event);
    this.bus.publish(busKey(channel), `${event.position.seq} ${event.frame.toString()}`);
  }

  private async tellTouched({ tenantId, layoutId }: LayoutTouched): Promise<void> {
    const channel: LayoutChannel = { kind: 'layout', tenantId, layoutId };
    this.bus.publish(busKey(channel), TOUCHED);
    if (this.channels.find(channel) !== undefined) await this.lookAt(channel);
  }

  /** When it fails, the next check looks again. */
  private lookAt(channel: LayoutChannel): Promise<void> {
    return this.heads.lookAt(channel).catch(() => undefined);
  }

  /** One statement for all layouts that are followed here. */
  private async check(): Promise<void> {
    const open = this.channels.all();
    if (open.length === 0) return;
    const latest = await this.heads.look(open.map(({ channel }) => channel as LayoutChannel));
    const left = open.values();
    const work = async (): Promise<void> => {
      for (const { channel, stream } of left)
        await stream.check(latest.get((channel as LayoutChannel).layoutId) ?? 0);
    };
    await Promise.all(Array.from({ length: READ_AT_ONCE }, work));
  }
}

/** Presence of the layout has the channel's own key. */
function busKey(channel: LayoutChannel): string {
  return `${channelKey(channel)}:regions`;
}
