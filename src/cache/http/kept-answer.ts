import type { Request } from 'express';
import { toEnvelope } from '../../platform/http/index.js';
import type { EntryOptions } from '../loading/entry-policy.js';
import type { WarmupItem } from '../warming/warmup-task.js';
import { entityTagOf } from './entity-tag.js';
import { responseKey } from './response-key.js';
import type { CachedResponseOptions } from './response-options.js';

/** An answer as it is kept: the text that is sent, so that hits and misses are the same bytes. */
export interface KeptAnswer {
  readonly body: string;
  readonly entityTag: string;
}

/** A question of somebody, as the schema of its route parses it. */
export interface Question<Query> {
  readonly query: Query;
  readonly scope: string;
  readonly params?: Request['params'];
  /** Of the gate; see ResponseCacheGate. */
  readonly generation: number;
}

/** Under which key the answer to a question is kept, and how. */
export interface KeptUnder {
  readonly key: string;
  readonly options: EntryOptions;
}

/** What is kept of `data`, which a handler returned. */
export function keep(data: unknown): KeptAnswer {
  // A handler that returns nothing has an empty answer; the types of JSON.stringify leave that out.
  const body = (JSON.stringify(toEnvelope(data)) as string | undefined) ?? '';
  return { body, entityTag: entityTagOf(body) };
}

export function keptUnder<Query>(
  route: CachedResponseOptions<Query>,
  { query, scope, params = {}, generation }: Question<Query>,
  now: Date,
): KeptUnder {
  const { entity, ttlMs, graceMs = 0, tags, normalise } = route;
  const asked = normalise?.(query) ?? (query as Readonly<Record<string, unknown>>);
  const inMs = (duration: typeof ttlMs): number =>
    typeof duration === 'number' ? duration : duration(query, now);
  return {
    key: responseKey({ entity, scope, query: asked, params, generation }),
    options: { ttlMs: inMs(ttlMs), graceMs: inMs(graceMs), ...(tags && { tags: tags(query, scope) }) },
  };
}

/**
 * The answer to a question as something to be warmed: what the route would keep when `answer` is what its handler
 * returns.
 */
export function responseItem<Query>(
  route: CachedResponseOptions<Query>,
  question: Question<Query>,
  { now, answer }: { readonly now: Date; readonly answer: () => Promise<unknown> },
): WarmupItem {
  return { ...keptUnder(route, question, now), load: async () => keep(await answer()) };
}
