import { AsyncLocalStorage } from 'node:async_hooks';

/** On whose behalf something runs: a request, or a background job. Filled in as it becomes known. */
export interface Work {
  readonly requestId?: string;
  /** Name of the background job. */
  readonly job?: string;
  /** Pattern of the route, once the request has met one. */
  readonly route?: () => string | undefined;
  tenantId?: string;
  /** It has changed the database: what it reads from now on must show that. */
  hasWritten?: boolean;
}

const storage = new AsyncLocalStorage<Work>();

/** Runs `run`, and all that it starts, on behalf of `work`. */
export function runAs<T>(work: Work, run: () => T): T {
  return storage.run(work, run);
}

/** The work under way; undefined outside. */
export function currentWork(): Work | undefined {
  return storage.getStore();
}

/** The work under way may have changed the database. */
export function noteWrite(): void {
  const work = storage.getStore();
  if (work !== undefined) work.hasWritten = true;
}

/** Whether the work under way may have changed the database. */
export function hasWritten(): boolean {
  return storage.getStore()?.hasWritten === true;
}
