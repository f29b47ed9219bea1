/** A connection in a layout, as others see it. */
export interface PresentConnection {
  readonly connectionId: string;
  readonly userId: string;
  readonly name: string;
  readonly joinedAt: string;
  /** JSON values by key; keys are the clients' own, so never a plain object as a map in our own code. */
  readonly state: Readonly<Record<string, unknown>>;
}

/** Who is where on other instances. Parts of instances that are gone are left out within 15 s. */
export abstract class SharedPresence {
  /** Says who is in the layout on this instance; written within a window. An empty list takes the part away. */
  abstract tell(tenantId: string, layoutId: string, here: readonly PresentConnection[]): void;

  /** Who is there on the other instances. Never rejects: nobody, when it cannot be asked. */
  abstract others(tenantId: string, layoutId: string): Promise<readonly PresentConnection[]>;

  /** Calls `listener` when an instance is gone: what it had told is void. */
  abstract watch(listener: () => void): void;
}
