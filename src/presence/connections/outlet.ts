/**
 * reliable: every frame arrives in order, or the connection ends. latest: of a channel only the newest frame that was
 * not sent yet is kept when the client reads too slowly. Frames of presence are differences: when one was left out, the
 * transport drops the kept one as well and calls `Connection.refresh` as soon as the client reads again.
 */
export type Lane = 'reliable' | 'latest';

/** The way to one client. Transports implement it; nothing here waits, and nothing throws. */
export interface Outlet {
  /** @param frame a message of the protocol as UTF-8; shared by all who get it, never changed */
  send(frame: Buffer, lane: Lane, channelKey?: string): void;
}

/** Who is connected. */
export interface ConnectionIdentity {
  /** Unique over all instances. */
  readonly connectionId: string;
  readonly tenantId: string;
  /** Id of the API key: all connections of a key are one user. */
  readonly userId: string;
  /** Name of the key, as others see it. */
  readonly name: string;
}
