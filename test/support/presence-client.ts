import type { Connection, Outlet, PresentConnection } from '../../src/presence/index.js';
import { SERVER_MESSAGES } from '../../src/presence/index.js';
import type { PresenceInstance } from './presence.js';

/** What a client knows that does what the protocol says. */
export class PresenceClient implements Outlet {
  readonly users = new Map<string, Record<string, unknown>>();
  connection: Connection | undefined;

  static async enter(instance: PresenceInstance, userId: string, layoutId = '7'): Promise<PresenceClient> {
    const client = new PresenceClient();
    client.connection = await instance.connect(userId, client);
    client.take((await client.connection.join(layoutId)).users);
    return client;
  }

  send(frame: Buffer): void {
    const { leaves, joins, updates } = SERVER_MESSAGES['presence.diff'].parse(JSON.parse(frame.toString()));
    for (const { connectionId } of leaves) this.users.delete(connectionId);
    this.take(joins);
    for (const { connectionId, state } of updates) {
      const known = this.users.get(connectionId) ?? {};
      for (const [key, value] of Object.entries(state)) known[key] = value;
    }
  }

  close(): void {
    this.connection?.end({ isAbnormal: true });
  }

  show(state: Record<string, unknown>, layoutId = '7'): void {
    this.connection?.update(layoutId, state);
  }

  private take(users: readonly PresentConnection[]): void {
    for (const { connectionId, userId, state } of users) this.users.set(connectionId, { userId, ...state });
  }

  get seen(): unknown[] {
    return [...this.users.values()].sort((a, b) => String(a.userId).localeCompare(String(b.userId)));
  }
}
