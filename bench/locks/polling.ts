import { Redis } from 'ioredis';
import Redlock, { type RedlockOptions, type Vote, type Voter } from 'redlock';

/** redlock 4.2 as its users have it: who finds a lock taken asks again after a pause. */
export interface Polling {
  acquire(resource: string, ttlMs: number): Promise<Vote>;
  release(vote: Vote): Promise<void>;
  close(): void;
}

/** @param options how it waits; by itself 200 ms, and 100 ms of jitter */
export function openPolling(urls: readonly string[], options: RedlockOptions): Polling {
  const clients = urls.map((url) => new Redis(url));
  for (const client of clients) client.on('error', () => undefined);
  const redlock = new Redlock(clients as unknown as Voter[], options);
  return {
    acquire: (resource, ttlMs) => redlock.acquire(resource, ttlMs),
    release: (vote) => redlock.release(vote),
    close: () => {
      for (const client of clients) client.disconnect();
    },
  };
}
