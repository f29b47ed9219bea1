/** The names that locks have in Redis; one slot of a cluster has them all, because scripts walk from lock to lock. */
export interface LockKeys {
  readonly prefix: string;
  /** Counter of all locks, from which tokens come; and the process of the server that last knew them all. */
  readonly token: string;
  readonly run: string;
  /** The lock itself, and its queue. */
  readonly of: (resource: string) => readonly [held: string, queue: string];
  /** What an owner waits for. */
  readonly waitsOf: (ownerId: string) => string;
  readonly channelOf: (instanceId: string) => string;
}

/** @param namespace keeps locks apart that share a Redis; any text */
export function lockKeys(namespace: string): LockKeys {
  const space = namespace.replace(/[%{}:]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  const prefix = `{plimsoll:locks:${space}}:`;
  return {
    prefix,
    token: `${prefix}token`,
    run: `${prefix}run`,
    of: (resource) => [`${prefix}held:${resource}`, `${prefix}queue:${resource}`],
    waitsOf: (ownerId) => `${prefix}waits:${ownerId}`,
    channelOf: (instanceId) => `${prefix}grants:${instanceId}`,
  };
}
