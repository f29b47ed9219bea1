import { z } from 'zod';
import { ChannelTarget, LayoutTarget, SourceTarget } from './targets.js';

const Ref = z.string().optional();
const Seq = z.int().nonnegative();
const RowId = z.string();
const Instant = z.iso.datetime();
const AnyTarget = z.union([LayoutTarget, SourceTarget, ChannelTarget]);

const Connection = z.strictObject({
  connectionId: z.string(),
  userId: z.string(),
  name: z.string(),
  joinedAt: Instant,
  state: z.record(z.string(), z.json()),
});

const Region = z.strictObject({
  id: RowId,
  x: z.int(),
  y: z.int(),
  width: z.int(),
  height: z.int(),
  title: z.string(),
  kind: z.string(),
  content: z.record(z.string(), z.json()),
  version: z.int(),
});

const User = z.strictObject({ id: z.string(), name: z.string() });

/** What a layout is apart from its regions. */
const About = {
  layoutVersion: z.int(),
  name: z.string(),
  columns: z.int(),
  rows: z.int(),
};

/** What the server sends. */
export const SERVER_MESSAGES = {
  welcome: z
    .strictObject({
      type: z.literal('welcome'),
      protocol: z.literal(1),
      connectionId: z.string(),
      tenantId: z.string(),
      user: User,
      role: z.string(),
      heartbeatMs: z.int(),
      maxFrameBytes: z.int(),
    })
    .describe('The first frame of every connection that was let in.'),
  subscribed: z
    .strictObject({
      type: z.literal('subscribed'),
      ref: Ref,
      target: AnyTarget,
      seq: Seq.optional(),
      epoch: z.string().optional(),
      about: z.strictObject(About).optional(),
      users: z.array(Connection).optional(),
    })
    .describe(
      'Events that come now have greater numbers than `seq`. `about`: what the layout is apart from its regions; `users`: who is in it, this client included.',
    ),
  unsubscribed: z
    .strictObject({ type: z.literal('unsubscribed'), ref: Ref, target: AnyTarget })
    .describe('Nothing more comes of the target.'),
  'presence.state': z
    .strictObject({
      type: z.literal('presence.state'),
      layout: RowId,
      users: z.array(Connection),
    })
    .describe(
      'Who is in the layout now, whatever was said before: a client that reads slowly gets it instead of the diffs it missed.',
    ),
  'presence.diff': z
    .strictObject({
      type: z.literal('presence.diff'),
      layout: RowId,
      joins: z.array(Connection),
      leaves: z.array(z.strictObject({ connectionId: z.string(), userId: z.string() })),
      updates: z.array(z.strictObject({ connectionId: z.string(), state: z.record(z.string(), z.json()) })),
    })
    .describe(
      'What changed since the last frame, to be applied in the order leaves, joins, updates; of an update only the keys that changed, null: it is gone.',
    ),
  'region.changed': z
    .strictObject({
      type: z.literal('region.changed'),
      layout: RowId,
      seq: z.int().positive(),
      layoutVersion: z.int(),
      actor: z.string(),
      kind: z.enum(['create', 'update', 'delete', 'bulk', 'import', 'undo', 'redo']),
      at: Instant,
      changes: z.array(z.strictObject({ regionId: RowId, region: Region.nullable() })),
    })
    .describe(
      'An operation on the regions of a layout. Numbers have no gaps; the same number is never sent twice.',
    ),
  'layout.changed': z
    .strictObject({ type: z.literal('layout.changed'), layout: RowId, ...About })
    .describe('The layout has another name or another grid, within 2 s at most; regions stay as they are.'),
  'layout.deleted': z
    .strictObject({ type: z.literal('layout.deleted'), layout: RowId })
    .describe(
      'The layout was deleted, and the subscription has ended with it. When it is restored, subscribe again.',
    ),
  'metrics.batch': z
    .strictObject({
      type: z.literal('metrics.batch'),
      source: z.string(),
      seq: z.int().positive(),
      epoch: z.string(),
      dropped: z.int().nonnegative(),
      points: z.array(
        z.strictObject({
          metricType: z.string(),
          createdAt: Instant,
          success: z.boolean(),
          navigationDurationMs: z.number().nullable(),
          scrapeDurationMs: z.number().nullable(),
          itemsExtracted: z.number().nullable(),
        }),
      ),
    })
    .describe(
      'Points of a source as they were stored. `seq` is the number of this frame; `dropped`: points that were left out because more came than a frame holds.',
    ),
  alert: z
    .strictObject({
      type: z.literal('alert'),
      receiverId: RowId,
      key: z.string(),
      alerts: z.array(z.json()),
    })
    .describe('Alerts as GET /api/alerts/stream tells them; `key` is the same when they are told again.'),
  job: z
    .strictObject({
      type: z.literal('job'),
      jobId: RowId,
      state: z.string().optional(),
      processed: z.int().optional(),
      written: z.int().optional(),
    })
    .describe('Progress of a batch job. `processed` and `written` count since the last frame.'),
  performance: z
    .strictObject({ type: z.literal('performance'), at: Instant, sample: z.json() })
    .describe(
      'What instances measured of themselves, each every second; `sample.instanceId` says which. For operators.',
    ),
  resumed: z
    .strictObject({
      type: z.literal('resumed'),
      ref: Ref,
      target: AnyTarget,
      seq: Seq,
      epoch: z.string().optional(),
      events: z.int().nonnegative(),
    })
    .describe('All that was missed has been sent, in order.'),
  gap: z
    .strictObject({
      type: z.literal('gap'),
      ref: Ref,
      target: AnyTarget,
      seq: Seq,
      epoch: z.string().optional(),
    })
    .describe('Something that was missed is not there any more: load the state anew, and go on from `seq`.'),
  ack: z
    .strictObject({
      type: z.literal('ack'),
      ref: Ref,
      seq: z.int().optional(),
      layoutVersion: z.int().optional(),
      regionIds: z.array(RowId).optional(),
      user: User.optional(),
      role: z.string().optional(),
    })
    .describe(
      'What was asked is done. Of region.change: the number of the operation, and the regions it changed. Of auth: who the client is now.',
    ),
  error: z
    .strictObject({
      type: z.literal('error'),
      ref: Ref,
      code: z.string(),
      message: z.string(),
      retryable: z.boolean(),
      retryAfterMs: z.int().optional(),
      details: z.record(z.string(), z.json()).optional(),
    })
    .describe(
      'A message was refused, or the connection is about to be closed. `retryable`: the same message may work later.',
    ),
  going_away: z
    .strictObject({ type: z.literal('going_away'), reconnectWithinMs: z.int() })
    .describe('The instance stops: connect again within so long, each client at a moment of its own.'),
  pong: z.strictObject({ type: z.literal('pong'), ref: Ref }).describe('The answer to ping.'),
} as const;

export type ServerMessageType = keyof typeof SERVER_MESSAGES;
export type ServerMessage = {
  [Type in ServerMessageType]: z.infer<(typeof SERVER_MESSAGES)[Type]>;
}[ServerMessageType];
export type ServerMessageOf<Type extends ServerMessageType> = z.infer<(typeof SERVER_MESSAGES)[Type]>;
