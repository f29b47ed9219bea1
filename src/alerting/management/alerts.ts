import { Injectable } from '@nestjs/common';
import { isRowId, type Page, type PageRequest } from '../../kernel/page.js';
import { Database } from '../../platform/database/index.js';
import {
  AlertRepository,
  type AlertTransition,
  type AlertView,
  type CurrentFilter,
  type PastFilter,
  type TransitionFilter,
} from './alert.repository.js';
import type { AlertingCaller } from './caller.js';
import { AlertingInputError, AlertingNotFoundError, AlertNotFiringError } from './errors.js';
import { labelMatcher } from './label-matching.js';
import { SilenceRepository } from './silence.repository.js';

/** Changes of state that are shown with an alert. */
const SHOWN_TRANSITIONS = 50;

/** An alert with how it came there, and what keeps it quiet. */
export interface AlertDetail extends AlertView {
  /** Newest first. */
  readonly transitions: readonly AlertTransition[];
  /** Ids of the silences that hold and match. */
  readonly silencedBy: readonly string[];
}

/** Alerts as people see them: those there are, those there were, and that somebody knows. */
@Injectable()
export class Alerts {
  constructor(
    private readonly db: Database,
    private readonly alerts: AlertRepository,
    private readonly silences: SilenceRepository,
  ) {}

  /**
   * Those there are now, oldest first.
   * @throws AlertingInputError ALERTING_INPUT_INVALID when the time is empty in which they began
   */
  async current(filter: CurrentFilter, page: PageRequest): Promise<Page<AlertView>> {
    if (filter.began !== undefined) refuseEmpty(filter.began);
    return this.alerts.current(filter, page);
  }

  /**
   * Those that began to fire in a time, newest first, each as it is now or was at its end.
   * @throws AlertingInputError ALERTING_INPUT_INVALID when the time is empty
   */
  async past(filter: PastFilter, page: PageRequest): Promise<Page<AlertView>> {
    refuseEmpty(filter);
    return this.alerts.past(filter, page);
  }

  /**
   * Every change of state in a time, newest first.
   * @throws AlertingInputError ALERTING_INPUT_INVALID when the time is empty
   */
  async transitions(filter: TransitionFilter, page: PageRequest): Promise<Page<AlertTransition>> {
    refuseEmpty(filter);
    return this.alerts.transitions(filter, page);
  }

  /** @throws AlertingNotFoundError ALERTING_NOT_FOUND, also for an alert of another tenant */
  async get(tenantId: string, id: string): Promise<AlertDetail> {
    const alert = isRowId(id) ? await this.alerts.find(tenantId, id) : undefined;
    if (alert === undefined) throw new AlertingNotFoundError('alert', id);
    const { ruleId, fingerprint, labels } = alert;
    const ever = { from: new Date(0), to: null };
    const [history, silences] = await Promise.all([
      this.alerts.transitions({ tenantId, ruleId, fingerprint, ...ever }, { limit: SHOWN_TRANSITIONS }),
      this.silences.activeOf(tenantId),
    ]);
    const silencedBy = silences.filter(({ matchers }) => labelMatcher(matchers)(labels)).map((one) => one.id);
    return { ...alert, transitions: history.items, silencedBy };
  }

  /**
   * Somebody knows: it is not told again until it is resolved. Doing it twice is as good as once.
   * @throws AlertingNotFoundError ALERTING_NOT_FOUND
   * @throws AlertNotFiringError ALERTING_NOT_FIRING
   */
  acknowledge(caller: AlertingCaller, id: string): Promise<AlertDetail> {
    return this.setAcknowledged(caller, id, caller.actor);
  }

  /**
   * Nobody knows any more: it is told again.
   * @throws AlertingNotFoundError ALERTING_NOT_FOUND
   * @throws AlertNotFiringError ALERTING_NOT_FIRING
   */
  unacknowledge(caller: AlertingCaller, id: string): Promise<AlertDetail> {
    return this.setAcknowledged(caller, id, null);
  }

  private async setAcknowledged(caller: AlertingCaller, id: string, by: string | null): Promise<AlertDetail> {
    const { tenantId } = caller;
    await this.db.transaction(async (transaction) => {
      const alert = isRowId(id) ? await this.alerts.lock(transaction, tenantId, id) : undefined;
      if (alert === undefined) throw new AlertingNotFoundError('alert', id);
      if (!alert.isFiring) throw new AlertNotFiringError(id, alert.state);
      await this.alerts.acknowledge(transaction, id, by);
      await caller.record(transaction, {
        action: by === null ? 'alert.unacknowledged' : 'alert.acknowledged',
        subject: id,
        details: { ruleId: alert.ruleId, ruleName: alert.ruleName },
      });
    });
    return this.get(tenantId, id);
  }
}

function refuseEmpty({ from, to }: { readonly from: Date; readonly to: Date | null }): void {
  if (to !== null && from >= to)
    throw new AlertingInputError([{ path: 'from', message: 'must be before to' }]);
}
