import type { Request } from 'express';
import { cacheKey } from '../keys.js';
import { normalForm } from './normal-form.js';

const KEY = /^http-[^:]+:([^:]+):/;
const ESCAPED = /%3A|%25/g;

/** Everything an answer depends on. */
export interface ResponseKeyParts {
  readonly entity: `http-${string}`;
  readonly scope: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly params: Request['params'];
  /** Of the gate; see ResponseCacheGate. */
  readonly generation: number;
}

/** Key of an answer: entity, scope, and the question in its normal form. */
export function responseKey({ entity, scope, query, params, generation }: ResponseKeyParts): string {
  const named = Object.entries(params).map(([name, value]) => [`/${name}`, value] as const);
  const form = normalForm({ ...query, ...Object.fromEntries(named) });
  return cacheKey(entity, scope, form, ...(generation === 0 ? [] : [`g${generation}`]));
}

/** Whose answer is kept under `key`; undefined when it is no key of an answer. */
export function scopeOfResponseKey(key: string): string | undefined {
  return KEY.exec(key)?.[1]?.replace(ESCAPED, (sign) => (sign === '%25' ? '%' : ':'));
}
