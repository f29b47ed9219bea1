/**
 * Says whether answers may be taken from the cache at all. Provide one beside a controller whose data somebody may
 * change without an invalidation reaching this process; without one the cache is always used.
 */
export abstract class ResponseCacheGate {
  /**
   * Undefined while answers must not be taken from the cache. A number that was not given before makes all answers
   * cached under other numbers unreachable.
   */
  abstract readonly generation: number | undefined;
}
