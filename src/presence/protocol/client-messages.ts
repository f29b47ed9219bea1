import { z } from 'zod';
import { ChannelTarget, LayoutTarget, SourceTarget } from './targets.js';

/** Echoed in the answer, so that a client knows what is answered. */
const Ref = z.string().min(1).max(64).optional();
const RowId = LayoutTarget.shape.layout;
/** Number of the last event that the client has seen; it gets what came after. */
const Seq = z.int().nonnegative();
const Epoch = z.string().min(1).max(64);

const Cells = z.int().min(0).max(1_000_000);
/** Fields of a region; what they may hold in full is checked by the same rules as over HTTP. */
const RegionFields = z.strictObject({
  x: Cells.optional(),
  y: Cells.optional(),
  width: Cells.optional(),
  height: Cells.optional(),
  title: z.string().max(200).optional(),
  kind: z.string().min(1).max(50).optional(),
  content: z.record(z.string(), z.json()).optional(),
});

const Auth = z.strictObject({ type: z.literal('auth'), ref: Ref, token: z.string().min(1).max(500) });

const Subscribe = z.union([
  LayoutTarget.extend({ type: z.literal('subscribe'), ref: Ref, sinceSeq: Seq.optional() }),
  SourceTarget.extend({
    type: z.literal('subscribe'),
    ref: Ref,
    sinceSeq: Seq.optional(),
    epoch: Epoch.optional(),
  }),
  ChannelTarget.extend({ type: z.literal('subscribe'), ref: Ref }),
]);

const Unsubscribe = z.union([
  LayoutTarget.extend({ type: z.literal('unsubscribe'), ref: Ref }),
  SourceTarget.extend({ type: z.literal('unsubscribe'), ref: Ref }),
  ChannelTarget.extend({ type: z.literal('unsubscribe'), ref: Ref }),
]);

/** Keys of one's state in a layout, such as `cursor` or `selection`; null takes a key away. */
const PresenceUpdate = LayoutTarget.extend({
  type: z.literal('presence.update'),
  ref: Ref,
  state: z.record(z.string().min(1).max(32), z.json()),
});

const RegionChange = z.discriminatedUnion('action', [
  LayoutTarget.extend({
    type: z.literal('region.change'),
    ref: Ref,
    action: z.literal('create'),
    region: RegionFields,
  }),
  LayoutTarget.extend({
    type: z.literal('region.change'),
    ref: Ref,
    action: z.literal('update'),
    regionId: RowId,
    version: Seq.optional(),
    region: RegionFields,
  }),
  LayoutTarget.extend({
    type: z.literal('region.change'),
    ref: Ref,
    action: z.literal('delete'),
    regionId: RowId,
    version: Seq.optional(),
  }),
]);

/** Subscribes to many at once after a reconnect. */
const Resume = z.strictObject({
  type: z.literal('resume'),
  ref: Ref,
  targets: z
    .array(
      z.union([
        LayoutTarget.extend({ sinceSeq: Seq.optional() }),
        SourceTarget.extend({ sinceSeq: Seq.optional(), epoch: Epoch.optional() }),
        ChannelTarget,
      ]),
    )
    .min(1)
    .max(100),
});

const Ping = z.strictObject({ type: z.literal('ping'), ref: Ref });

/** What clients send. The dispatcher looks at `type` first, so that an error names the message that was meant. */
export const CLIENT_MESSAGES = {
  auth: Auth,
  subscribe: Subscribe,
  unsubscribe: Unsubscribe,
  'presence.update': PresenceUpdate,
  'region.change': RegionChange,
  resume: Resume,
  ping: Ping,
} as const;

export type ClientMessageType = keyof typeof CLIENT_MESSAGES;
export type ClientMessage = {
  [Type in ClientMessageType]: z.infer<(typeof CLIENT_MESSAGES)[Type]>;
}[ClientMessageType];
