import { createServer, type AddressInfo } from 'node:net';

/** Connection string of an administrator, from scripts/test.mjs. */
export function adminDatabaseUrl(): string {
  return required('PLIMSOLL_TEST_DATABASE_URL');
}

/** Connection string of the run's Redis server, from scripts/test.mjs. */
export function redisUrl(): string {
  return required('PLIMSOLL_TEST_REDIS_URL');
}

/** A variable set by scripts/test.mjs; undefined when this rung of the ladder does not give it. */
export function optional(name: string): string | undefined {
  return process.env[name] || undefined;
}

/** A port of 127.0.0.1 that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function required(name: string): string {
  const value = optional(name);
  if (value === undefined)
    throw new Error(`${name} is not set: run the tests by "npm test", which starts the servers.`);
  return value;
}
