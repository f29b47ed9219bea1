import type { Places } from './places.js';
import type { PresenceKeys } from './presence-keys.js';

/** Lua takes so many values at once, and other clients wait so long. */
const MOST_HOLDERS = 1_000;

/** Sets of one tenant, and of each how many holders, and the holders. */
export interface Renewal {
  readonly names: readonly string[];
  readonly holders: readonly (string | number)[];
}

/** What is held, in scripts of a bounded size, each of one tenant and so of one slot. */
export function* renewals(places: Places, keys: PresenceKeys): Generator<Renewal> {
  for (const [tenantId, scopes] of places.entries()) yield* renewalsOf(tenantId, scopes, keys);
}

function* renewalsOf(
  tenantId: string,
  scopes: ReadonlyMap<string, ReadonlySet<string>>,
  keys: PresenceKeys,
): Generator<Renewal> {
  let [names, holders]: [string[], (string | number)[]] = [[], []];
  for (const [scope, chunk] of chunksOf(scopes)) {
    // Counts stand among the holders; a few holders less in a script do no harm.
    if (holders.length + chunk.length >= MOST_HOLDERS && names.length > 0) {
      yield { names, holders };
      [names, holders] = [[], []];
    }
    names.push(keys.places(tenantId, scope));
    holders.push(chunk.length, ...chunk);
  }
  if (names.length > 0) yield { names, holders };
}

function* chunksOf(
  scopes: ReadonlyMap<string, ReadonlySet<string>>,
): Generator<readonly [scope: string, holders: readonly string[]]> {
  for (const [scope, set] of scopes) {
    const holders = [...set];
    for (let from = 0; from < holders.length; from += MOST_HOLDERS) {
      yield [scope, holders.slice(from, from + MOST_HOLDERS)];
    }
  }
}
