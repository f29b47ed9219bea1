import type { Observation } from '../model/alert.js';
import type { AlertRule } from '../model/rule.js';
import { isOfRule } from './decide.js';

/** Beyond this, rules that are gone meanwhile are forgotten with the others. */
const REMEMBERED = 20_000;

/** A rule that cannot be looked at, or not at all of it. */
export interface Refusal {
  readonly ruleId: string;
  readonly detail: string | null;
}

/** Rules that say themselves why they are in error, such as those that match too much. The log hears of each once. */
export class Refusals {
  private readonly known = new Map<string, string | null>();

  /** All refusals among what was seen of `judged`, and those that are new or say something else than before. */
  note(
    judged: readonly AlertRule[],
    observations: readonly Observation[],
  ): { readonly all: readonly Refusal[]; readonly fresh: readonly Refusal[] } {
    const all = observations.filter(isOfRule);
    const fresh = all.filter(({ ruleId, detail }) => this.known.get(ruleId) !== detail);
    if (this.known.size > REMEMBERED) this.known.clear();
    if (this.known.size > 0) for (const { id } of judged) this.known.delete(id);
    for (const { ruleId, detail } of all) this.known.set(ruleId, detail);
    return { all, fresh };
  }
}
