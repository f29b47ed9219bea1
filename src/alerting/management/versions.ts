import { AlertingVersionError, type AlertingThing } from './errors.js';

/**
 * Refuses a change that is based on another version.
 * @param expected absent: whatever it is by now
 * @throws AlertingVersionError ALERTING_VERSION_CONFLICT
 */
export function holdVersion(
  thing: AlertingThing,
  { id, version }: { readonly id: string; readonly version: number },
  expected: number | undefined,
): void {
  if (expected !== undefined && expected !== version) throw new AlertingVersionError(thing, id, version);
}
