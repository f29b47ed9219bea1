import { Injectable } from '@nestjs/common';
import { LayoutFeed, type LayoutHead } from '../../dashboards/index.js';
import { type Channel, channelKey, PresenceHub, type ServerMessage } from '../../presence/index.js';
import type { LayoutAbout } from '../subscriptions/histories.js';
import { Subscriptions } from '../subscriptions/subscriptions.js';

export type LayoutChannel = Extract<Channel, { readonly kind: 'layout' }>;

/**
 * What layouts are that somebody on this instance follows, apart from their regions: tells when one has another name or
 * grid, and ends the subscriptions to one that is gone.
 */
@Injectable()
export class LayoutHeads {
  private readonly known = new Map<string, LayoutHead>();
  /** Those that the last look did not find: it may have begun before a layout was restored, so one more is taken. */
  private readonly missing = new Set<string>();

  constructor(
    readonly feed: LayoutFeed,
    private readonly hub: PresenceHub,
    private readonly subscriptions: Subscriptions,
  ) {}

  /** For a client that has subscribed; whatever differs later is told. Undefined when the layout is gone. */
  async of(channel: LayoutChannel): Promise<LayoutAbout | undefined> {
    const key = channelKey(channel);
    if (!this.known.has(key)) this.note(channel, (await this.read([channel])).get(channel.layoutId));
    const head = this.known.get(key);
    return head && aboutOf(head);
  }

  /** One statement for all. @returns numbers of the latest operations by layout */
  async look(channels: readonly LayoutChannel[]): Promise<ReadonlyMap<string, number>> {
    const heads = await this.read(channels);
    for (const channel of channels) this.see(channel, heads.get(channel.layoutId));
    return new Map([...heads].map(([layoutId, { number }]) => [layoutId, number]));
  }

  /** Somebody said that it was changed or deleted: what is not there is gone. */
  async lookAt(channel: LayoutChannel): Promise<void> {
    this.missing.add(channelKey(channel));
    await this.look([channel]);
  }

  /** Nobody here follows it any more. */
  forget(channel: LayoutChannel): void {
    this.known.delete(channelKey(channel));
    this.missing.delete(channelKey(channel));
  }

  private read(channels: readonly LayoutChannel[]): Promise<ReadonlyMap<string, LayoutHead>> {
    return this.feed.heads(channels.map(({ layoutId }) => layoutId));
  }

  private see(channel: LayoutChannel, head: LayoutHead | undefined): void {
    const key = channelKey(channel);
    if (this.hub.subscribersOf(channel) === 0) return this.forget(channel);
    if (head !== undefined) this.note(channel, head);
    else if (this.missing.has(key)) this.end(channel);
    else this.missing.add(key);
  }

  private note(channel: LayoutChannel, head: LayoutHead | undefined): void {
    const key = channelKey(channel);
    const before = this.known.get(key);
    // Looks may overtake each other.
    if (head === undefined || this.hub.subscribersOf(channel) === 0) return;
    this.missing.delete(key);
    if (before !== undefined && before.layoutVersion >= head.layoutVersion) return;
    this.known.set(key, head);
    if (before !== undefined && !isSame(before, head)) {
      const message: ServerMessage = {
        type: 'layout.changed',
        layout: channel.layoutId,
        ...aboutOf(head),
      };
      this.hub.publish(channel, { frame: Buffer.from(JSON.stringify(message)), lane: 'reliable' });
    }
  }

  private end(channel: LayoutChannel): void {
    this.subscriptions.finish(channel, { type: 'layout.deleted', layout: channel.layoutId });
    this.forget(channel);
  }
}

function aboutOf({ layoutVersion, name, columns, rows }: LayoutHead): LayoutAbout {
  return { layoutVersion, name, columns, rows };
}

function isSame(one: LayoutHead, other: LayoutHead): boolean {
  return one.name === other.name && one.columns === other.columns && one.rows === other.rows;
}
