import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../platform/database/index.js';
import type { AlertRule } from '../model/rule.js';
import { AlertStateRepository } from './alert-state.repository.js';
import type { Decision } from './decide.js';
import { end } from './state-machine.js';
import { StateWriter } from './state-writer.js';
import { bounded } from './wording.js';

/** What others ask of the evaluation. */
@Injectable()
export class AlertEngine {
  constructor(
    private readonly states: AlertStateRepository,
    private readonly writer: StateWriter,
  ) {}

  /**
   * Ends what fires or is pending of a rule, and tells it, in the transaction that disables or deletes it.
   * @param rule as it was before the change, and locked by the transaction; it still exists
   * @param reason for people: why nothing is watched any more
   */
  async resolveRule(tx: Queryable, rule: AlertRule, reason: string): Promise<void> {
    const alerts = await this.states.lockOfRule(tx, rule.id);
    const at = await this.states.now(tx);
    const detail = bounded(reason);
    const ends = alerts
      .filter(({ state, startsAt }) => state !== 'normal' || startsAt !== null)
      .map((stored): Decision => {
        const { fingerprint, labels } = stored;
        const ended = { value: null, predictedAt: null, detail, kind: 'changed' } as const;
        return { rule, stored, fingerprint, labels, before: stored, ...end(stored, at), ...ended };
      });
    if (ends.length > 0) await this.writer.apply(tx, ends, at);
  }
}
