import type { Sequelize } from 'sequelize';
import { FakeClock } from '../../../test/support/fake-clock.js';
import { sql } from '../../kernel/sql.js';
import { Database } from './database.js';

/** A database whose pool does as told. */
function databaseOver(getConnection: () => Promise<unknown>): Database {
  const connectionManager = { getConnection, releaseConnection: () => undefined };
  return new Database({ connectionManager } as unknown as Sequelize, {
    clock: new FakeClock(),
    patienceMs: 0,
  });
}

describe('Database.read', () => {
  it('asks the primary when all connections to the replica are in use, and keeps the replica', async () => {
    const rows = [{ from: 'primary' }];
    const primary = databaseOver(() => Promise.resolve({ query: () => Promise.resolve({ rows }) }));
    const busy = Object.assign(new TypeError('no'), { name: 'SequelizeConnectionAcquireTimeoutError' });
    const replica = databaseOver(() => Promise.reject(busy));
    const failed: Database[] = [];
    primary.routeReads({ choose: () => replica, failed: (database) => failed.push(database) });

    const answer = await primary.read(sql`SELECT 1 AS one`, { mayLag: true });

    expect(answer).toEqual(rows);
    expect(failed).toEqual([]);
  });
});
