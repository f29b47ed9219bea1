import { type HotKey, keyShape, scopeOfResponseKey } from '../cache/index.js';
import type { CallerIdentity } from '../tenancy/index.js';

/** A key, or the shape of keys that the caller may not see. */
export interface ShownKey {
  readonly key: string;
  readonly reads: number;
}

/**
 * Keys hold ids and names of tenants. Operators see all; everybody else those of answers to the own tenant, and the
 * shape of all others, counted together. Most reads first.
 */
export function showKeys(keys: readonly HotKey[], caller: CallerIdentity | undefined): readonly ShownKey[] {
  const shown = new Map<string, number>();
  for (const { key, reads } of keys) {
    const isVisible =
      caller?.isOperator === true || (caller !== undefined && scopeOfResponseKey(key) === caller.tenantId);
    const name = isVisible ? key : keyShape(key);
    shown.set(name, (shown.get(name) ?? 0) + reads);
  }
  return [...shown].map(([key, reads]) => ({ key, reads })).sort((a, b) => b.reads - a.reads);
}
