import type { CacheCounters } from './counters.js';

const KEYS_PER_AUDIT = 20;

/** What SelfAudit is made of. */
export interface SelfAuditParts {
  readonly counters: CacheCounters;
  /** Keys that are in the process, at random; at most `count`. */
  readonly sample: (count: number) => readonly string[];
  /** Whether what this process would answer for a key agrees with Redis; undefined when that cannot be told now. */
  readonly agrees: (key: string) => Promise<boolean | undefined>;
  readonly warn: (key: string) => void;
}

/**
 * Compares entries of the process with the shared clock, a few every ten seconds. It finds nothing unless the
 * replication of invalidations is broken: a check on the proof, not a part of it.
 */
export class SelfAudit {
  constructor(private readonly parts: SelfAuditParts) {}

  /** One round. Never rejects. */
  async run(): Promise<void> {
    const { counters, sample, agrees, warn } = this.parts;
    for (const key of sample(KEYS_PER_AUDIT)) {
      const outcome = await agrees(key).catch(() => undefined);
      if (outcome === undefined) continue;
      counters.audited += 1;
      if (outcome) continue;
      counters.inconsistencies += 1;
      warn(key);
    }
  }
}
