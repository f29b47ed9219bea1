import type { PresenceState, PresentConnection, ServerMessageOf } from './messages.js';

/** Who is in a layout, put together from a state and what changed since. */
export class PresenceView {
  private readonly connections = new Map<string, PresentConnection>();

  /** Those who came first stand first. */
  users(): readonly PresentConnection[] {
    return [...this.connections.values()];
  }

  replace(users: readonly PresentConnection[]): void {
    this.connections.clear();
    for (const user of users) this.connections.set(user.connectionId, user);
  }

  apply({ joins, leaves, updates }: ServerMessageOf<'presence.diff'>): void {
    for (const { connectionId } of leaves) this.connections.delete(connectionId);
    for (const user of joins) this.connections.set(user.connectionId, user);
    for (const { connectionId, state } of updates) {
      const user = this.connections.get(connectionId);
      if (user !== undefined)
        this.connections.set(connectionId, { ...user, state: merge(user.state, state) });
    }
  }
}

/** Keys with null are gone. Entries and not assignments: a key may be called `__proto__`. */
export function merge(state: PresenceState, changes: PresenceState): PresenceState {
  const merged = new Map([...Object.entries(state), ...Object.entries(changes)]);
  return Object.fromEntries([...merged].filter(([, value]) => value !== null));
}
