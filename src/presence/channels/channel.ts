/** What can be subscribed to; a tenant's own, always. */
export type Channel =
  | { readonly kind: 'layout'; readonly tenantId: string; readonly layoutId: string }
  | { readonly kind: 'source'; readonly tenantId: string; readonly source: string }
  | { readonly kind: 'alerts' | 'jobs' | 'performance'; readonly tenantId: string };

/** A name for a channel that no other one has: the tenant first, which is digits alone. */
export function channelKey(channel: Channel): string {
  switch (channel.kind) {
    case 'layout':
      return `${channel.tenantId}:layout:${channel.layoutId}`;
    case 'source':
      return `${channel.tenantId}:source:${channel.source}`;
    default:
      return `${channel.tenantId}:${channel.kind}`;
  }
}
