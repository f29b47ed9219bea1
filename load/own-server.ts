import { ADMIN_KEY, startApi } from '../test/support/api-client.js';
import { openBenchDatabase } from '../bench/support/embedded-database.js';

const NO_LIMIT = '1000000';

/** A server to put load on. */
export interface LoadedServer {
  /** Of its WebSocket. */
  readonly url: string;
  readonly key: string;
  stop(): Promise<void>;
}

/** The built server on a database of its own, with limits that one tenant and one address do not reach. */
export async function startOwnServer(): Promise<LoadedServer> {
  const database = await openBenchDatabase();
  const server = await startApi(database.url, {
    WEBSOCKET_MAX_CONNECTIONS_PER_TENANT: NO_LIMIT,
    WEBSOCKET_MAX_CONNECTIONS_PER_LAYOUT: NO_LIMIT,
    WEBSOCKET_CONNECTS_PER_SECOND: NO_LIMIT,
  });
  return {
    url: `${server.url.replace('http', 'ws')}/ws`,
    key: ADMIN_KEY,
    stop: async () => {
      await server.terminate();
      await database.close();
    },
  };
}
