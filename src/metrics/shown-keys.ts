import { type HotKey, keyShape, scopeOfResponseKey } from '../cache/index.js';
import type { CallerIdentity } from '../tenancy/index.js';

/** What is to be shown of keys. */
export interface KeyView {
  readonly order: 'hottest' | 'coldest';
  readonly limit: number;
}

/** A key, or the shape of keys that the caller may not see. */
export interface ShownKey {
  readonly key: string;
  readonly reads: number;
}

/**
 * Keys hold ids and names of tenants. Operators see all; everybody else those of answers to the own tenant, and the
 * shape of all others, counted together. Most reads first, or least; keys with as many stay in their order.
 */
export function showKeys(
  keys: readonly HotKey[],
  caller: CallerIdentity | undefined,
  { order, limit }: KeyView,
): readonly ShownKey[] {
  const shown = new Map<string, number>();
  for (const { key, reads } of keys) {
    const isVisible =
      caller?.isOperator === true || (caller !== undefined && scopeOfResponseKey(key) === caller.tenantId);
    const name = isVisible ? key : keyShape(key);
    shown.set(name, (shown.get(name) ?? 0) + reads);
  }
  const sign = order === 'hottest' ? -1 : 1;
  const rows = [...shown].map(([key, reads]) => ({ key, reads })).sort((a, b) => sign * (a.reads - b.reads));
  return rows.slice(0, limit);
}
