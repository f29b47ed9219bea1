import type { Channel, Target } from '../../presence/index.js';

/** The channel of a tenant that a target means. */
export function channelOf(tenantId: string, target: Target): Channel {
  if ('layout' in target) return { kind: 'layout', tenantId, layoutId: target.layout };
  if ('source' in target) return { kind: 'source', tenantId, source: target.source };
  return { kind: target.channel, tenantId };
}

/** The target alone, of a message that has one. */
export function targetOf(message: Target): Target {
  if ('layout' in message) return { layout: message.layout };
  if ('source' in message) return { source: message.source };
  return { channel: message.channel };
}
