import { z } from 'zod';
import { ChannelTarget, LayoutTarget, SourceTarget } from './targets.js';

/** Echoed in the answer, so that a client knows what is answered. */
const Ref = z.string().min(1).max(64).optional();
const RowId = LayoutTarget.shape.layout;
/** Number of the last event that the client has seen; it gets what came after. */
const Seq = z.int().nonnegative();
const Epoch = z.string().min(1).max(64);

/** What was parsed is JSON, except for numbers beyond all bounds; `z.json()` takes a tenth of a second for a full frame. */
const Json = z.unknown().refine(hasBounds, 'must not hold numbers that are too great');

const MOST_CELLS = 1_000_000;
const Cells = z.int().min(0).max(MOST_CELLS);
const Size = z.int().min(1).max(MOST_CELLS);
/** A region to be made; what its fields may hold in full is checked by the same rules as over HTTP. */
const NewRegion = z.strictObject({
  x: Cells,
  y: Cells,
  width: Size,
  height: Size,
  kind: z.string().min(1).max(50),
  title: z.string().max(200).optional(),
  content: z.record(z.string(), Json).optional(),
});
const RegionFields = NewRegion.partial();

const Auth = z
  .strictObject({ type: z.literal('auth'), ref: Ref, token: z.string().min(1).max(500) })
  .describe(
    'Goes on with another key of the same tenant, before the present one expires. Answered by `ack`. A key is a user: others in the layouts see the new one come and the old one leave. What it may not be changes nothing: a key of another tenant is refused by `REALTIME_TENANT_DIFFERS`.',
  );

const Subscribe = z
  .union([
    LayoutTarget.extend({ type: z.literal('subscribe'), ref: Ref, sinceSeq: Seq.optional() }),
    SourceTarget.extend({
      type: z.literal('subscribe'),
      ref: Ref,
      sinceSeq: Seq.optional(),
      epoch: Epoch.optional(),
    }),
    ChannelTarget.extend({ type: z.literal('subscribe'), ref: Ref }),
  ])
  .describe(
    'Follows a layout, a source or a channel, and hears what was missed since `sinceSeq`. Answered by `subscribed`; with `sinceSeq` then by what was missed and `resumed`, or by `gap`. Again: answered again.',
  );

const Unsubscribe = z
  .union([
    LayoutTarget.extend({ type: z.literal('unsubscribe'), ref: Ref }),
    SourceTarget.extend({ type: z.literal('unsubscribe'), ref: Ref }),
    ChannelTarget.extend({ type: z.literal('unsubscribe'), ref: Ref }),
  ])
  .describe('Follows it no longer. Answered by `unsubscribed`, also when nothing was followed.');

/** Keys of one's state in a layout, such as `cursor` or `selection`; null takes a key away. */
const PresenceUpdate = LayoutTarget.extend({
  type: z.literal('presence.update'),
  ref: Ref,
  state: z.record(z.string().min(1).max(32), Json),
}).describe(
  'Shows others in a layout something of this client, such as a cursor. Keys that are not named stay. Answered by `ack` only when it has a `ref`.',
);

const RegionChange = z
  .discriminatedUnion('action', [
    LayoutTarget.extend({
      type: z.literal('region.change'),
      ref: Ref,
      action: z.literal('create'),
      region: NewRegion,
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
  ])
  .describe(
    'Changes a region of a layout. Answered by `ack` with the number of the operation when it is stored; with a `version` that is not the present one it is refused. Of an update, fields that are not named stay.',
  );

const Resume = z
  .strictObject({
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
  })
  .describe(
    'Subscribes to many at once after a reconnect; each is answered as `subscribe` is, and an `error` names the target that it is about.',
  );

const Ping = z.strictObject({ type: z.literal('ping'), ref: Ref }).describe('Answered by `pong`.');

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

function hasBounds(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(hasBounds);
  return typeof value !== 'object' || value === null || Object.values(value).every(hasBounds);
}
