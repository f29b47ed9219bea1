import { Reflector } from '@nestjs/core';
import type { Request } from 'express';

/** The part of a Standard Schema (zod 4 and others) that parses a query. */
export interface QuerySchema<Query> {
  readonly '~standard': {
    readonly validate: (value: unknown) => ParsedQuery<Query> | Promise<ParsedQuery<Query>>;
  };
}

/** What a schema made of a query: its value, or issues. */
type ParsedQuery<Query> =
  { readonly value: Query; readonly issues?: undefined } | { readonly issues: readonly unknown[] };

/** A duration in ms, the same for all or by what was asked. */
type DurationMs<Query> = number | ((query: Query, now: Date) => number);

/** How the answers of a route are cached. */
export interface CachedResponseOptions<Query> {
  /** First part of the keys: all answers of the route are invalidated by it. The second part is the scope. */
  readonly entity: `http-${string}`;
  /** The schema the handler's query has: what parses to the same is the same answer. */
  readonly query: QuerySchema<Query>;
  /** Whose answer it is; nothing is shared between scopes. Undefined: not known, the handler answers by itself. */
  readonly scope: (request: Request) => string | undefined;
  readonly ttlMs: DurationMs<Query>;
  /** How much longer an answer is given while it is refreshed behind; 0 unless given. */
  readonly graceMs?: DurationMs<Query>;
  /** What invalidates the answer, beside its entity and its scope. */
  readonly tags?: (query: Query, scope: string) => readonly string[];
  /** The query with everything that is left out spelled out; the query itself unless given. */
  readonly normalise?: (query: Query) => Readonly<Record<string, unknown>>;
  /** False: the handler answers by itself, in the same form. */
  readonly isCacheable?: (query: Query) => boolean;
}

/** Metadata of a cached route; the schema has checked that queries fit the options. */
export const CachedResponseMetadata = Reflector.createDecorator<CachedResponseOptions<unknown>>();
