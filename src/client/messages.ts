import type { ClientMessage } from '../presence/protocol/client-messages.js';
import type { ServerMessage, ServerMessageOf } from '../presence/protocol/server-messages.js';
import type { Target } from '../presence/protocol/targets.js';

export type { ClientMessage, ServerMessage, ServerMessageOf, Target };

/** What is sent without its `ref`, which the client adds. */
export type Request = WithoutRef<ClientMessage>;
type WithoutRef<Message> = Message extends unknown ? Omit<Message, 'ref'> : never;

/** Another client, or this one, in a layout. */
export type PresentConnection = NonNullable<ServerMessageOf<'subscribed'>['users']>[number];
export type PresenceState = PresentConnection['state'];
/** What a layout is apart from its regions. */
export type LayoutAbout = NonNullable<ServerMessageOf<'subscribed'>['about']>;
export type RegionChanged = ServerMessageOf<'region.changed'>;
export type MetricsBatch = ServerMessageOf<'metrics.batch'>;
export type AlertMessage = ServerMessageOf<'alert'>;
export type JobMessage = ServerMessageOf<'job'>;
export type PerformanceMessage = ServerMessageOf<'performance'>;
export type Acknowledged = ServerMessageOf<'ack'>;
export type Welcome = ServerMessageOf<'welcome'>;
export type ErrorMessage = ServerMessageOf<'error'>;

/** A name for a target that no other one has. */
export function targetKey(target: Target): string {
  if ('layout' in target) return `layout ${target.layout}`;
  if ('source' in target) return `source ${target.source}`;
  return `channel ${target.channel}`;
}

const CHANNEL_OF = { alert: 'alerts', job: 'jobs', performance: 'performance' } as const;

/** The target that a message is about; undefined when it is about none. */
export function targetOf(message: ServerMessage): Target | undefined {
  if ('target' in message) return message.target;
  if ('layout' in message) return { layout: message.layout };
  if ('source' in message) return { source: message.source };
  const { type } = message;
  return type === 'alert' || type === 'job' || type === 'performance'
    ? { channel: CHANNEL_OF[type] }
    : undefined;
}
