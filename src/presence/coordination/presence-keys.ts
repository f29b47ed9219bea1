/** The names presence uses in Redis. Keys of one script share a slot by what stands in braces. */
export interface PresenceKeys {
  /** Instances by expiry, those whose connections are seen, and the dead. */
  readonly instances: readonly [leases: string, linked: string, dead: string];
  /** Each instance listens to a channel of its own: that it does is all that is told. */
  readonly linkPrefix: string;
  /** Holders of places, by tenant and scope. */
  readonly places: (tenantId: string, scope: string) => string;
  /** Who is in a layout, by instance. */
  readonly layout: (channelKey: string) => string;
  readonly log: (channelKey: string) => LogKeys;
  readonly bus: (channelKey: string) => string;
}

/** The keys of the log of a channel, in the order its scripts take them, and where it is told. */
export interface LogKeys {
  readonly all: readonly [state: string, events: string];
  readonly channel: string;
}

/** @param namespace keeps deployments apart that share a Redis */
export function presenceKeys(namespace: string): PresenceKeys {
  const of = (kind: string, id: string): string =>
    `plimsoll:presence:${kind}:{${escapeName(namespace)}:${escapeName(id)}}`;
  return {
    instances: [of('instances', ''), `${of('instances', '')}:linked`, `${of('instances', '')}:dead`],
    linkPrefix: `${of('instances', '')}:link:`,
    places: (tenantId, scope) => `${of('places', tenantId)}:${scope}`,
    layout: (channelKey) => of('layout', channelKey),
    log: (channelKey) => ({
      all: [of('log', channelKey), `${of('log', channelKey)}:events`],
      channel: `${of('log', channelKey)}:told`,
    }),
    bus: (channelKey) => of('bus', channelKey),
  };
}

/** Sources have any name: a brace in it would change the slot. */
function escapeName(name: string): string {
  return name.replaceAll(/[%{}]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}
