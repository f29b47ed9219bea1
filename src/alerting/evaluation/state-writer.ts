import { Inject, Injectable } from '@nestjs/common';
import { ALERT_EVALUATION_CONFIG, type AlertEvaluationConfig } from '../../config/index.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import { AlertOutbox } from '../delivery/outbox.js';
import type { AlertChange } from '../model/alert.js';
import type { AlertRule } from '../model/rule.js';
import { runbookPageOf } from '../signals/built-in-rules.js';
import { type AlertKey, AlertStateRepository } from './alert-state.repository.js';
import type { Decision } from './decide.js';
import { snapshotOf } from './snapshot.js';

/** Writes what evaluations decided: states, history and what is to be told of them, all or nothing. */
@Injectable()
export class StateWriter {
  constructor(
    private readonly db: Database,
    private readonly states: AlertStateRepository,
    private readonly outbox: AlertOutbox,
    @Inject(ALERT_EVALUATION_CONFIG) private readonly config: AlertEvaluationConfig,
  ) {}

  /** In one transaction; answers what was written. The rest was overtaken, by another evaluator or an edit. */
  write(decisions: readonly Decision[], at: Date): Promise<Decision[]> {
    if (decisions.length === 0) return Promise.resolve([]);
    return this.db.transaction(async (tx) => {
      const kept = await this.states.keepRules(tx, [...new Set(decisions.map(({ rule }) => rule))]);
      return this.apply(
        tx,
        decisions.filter(({ rule }) => kept.has(rule.id)),
        at,
      );
    });
  }

  /** In the caller's transaction, which has the rules locked. */
  async apply(tx: Queryable, decisions: readonly Decision[], at: Date): Promise<Decision[]> {
    const known = decisions.filter(({ stored }) => stored !== undefined);
    const added = decisions.filter(({ stored }) => stored === undefined);
    const written = new Set<string>();
    if (known.length > 0) note(written, await this.states.update(tx, known, at));
    if (added.length > 0) note(written, await this.states.insert(tx, added, at));
    const done = decisions.filter(({ rule, fingerprint }) =>
      written.has(keyOf({ ruleId: rule.id, fingerprint })),
    );
    await this.tell(
      tx,
      done.filter(({ kind }) => kind === 'changed'),
      at,
    );
    return done;
  }

  private async tell(tx: Queryable, decisions: readonly Decision[], at: Date): Promise<void> {
    const changed = decisions.map((decision) => ({
      ...decision,
      from: decision.before?.state ?? ('normal' as const),
      alert: snapshotOf(decision, at, this.runbookUrlOf(decision.rule)),
    }));
    const transitions = changed.filter(({ from, next }) => from !== next.state);
    if (transitions.length > 0) await this.states.addTransitions(tx, transitions, at);
    const changes = changed.flatMap(({ transition, alert, rule }): AlertChange[] =>
      transition === null ? [] : [{ transition, alert, receiverIds: rule.receiverIds }],
    );
    if (changes.length > 0) await this.outbox.enqueue(tx, changes, at);
  }

  private runbookUrlOf({ origin, name, runbookUrl }: AlertRule): string | null {
    const page = origin === 'built-in' ? runbookPageOf(name) : undefined;
    if (runbookUrl !== null || page === undefined) return runbookUrl;
    return `${this.config.runbookBaseUrl}/${page}.md`;
  }
}

function note(written: Set<string>, keys: readonly AlertKey[]): void {
  for (const key of keys) written.add(keyOf(key));
}

function keyOf({ ruleId, fingerprint }: AlertKey): string {
  return `${ruleId} ${fingerprint}`;
}
