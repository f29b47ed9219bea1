import { FakeClock } from '../../../test/support/fake-clock.js';
import type { Database } from './database.js';
import { DatabaseModule } from './database.module.js';
import { ExternalServer } from './database-server.js';
import type { MonitorDatabase } from './monitor-database.js';

class StoppableServer extends ExternalServer {
  isStopped = false;

  override stop(): Promise<void> {
    this.isStopped = true;
    return Promise.resolve();
  }
}

describe('DatabaseModule', () => {
  it('stops the server although the pool cannot be closed', async () => {
    const server = new StoppableServer('postgres://nowhere');
    const database = { close: () => Promise.reject(new TypeError('stuck')) } as unknown as Database;

    const monitor = { close: () => Promise.resolve() } as unknown as MonitorDatabase;

    const closing = new DatabaseModule(database, monitor, server, new FakeClock()).onApplicationShutdown();

    await expect(closing).rejects.toThrow('stuck');
    expect(server.isStopped).toBe(true);
  });
});
