import { AsyncLocalStorage } from 'node:async_hooks';
import type { LogFields } from './logger.js';

const storage = new AsyncLocalStorage<LogFields>();

/** Runs `work`; every line logged by it, now or later, carries `fields`. */
export function withLogFields<T>(fields: LogFields, work: () => T): T {
  return storage.run({ ...storage.getStore(), ...fields }, work);
}

/** Fields of the surrounding `withLogFields` calls; empty outside. */
export function currentLogFields(): LogFields {
  return storage.getStore() ?? {};
}
