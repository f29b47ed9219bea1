import { Inject, Injectable } from '@nestjs/common';
import { ALERT_EVALUATION_CONFIG, type AlertEvaluationConfig } from '../../config/index.js';
import { SignalRepository } from '../signals/signal.repository.js';
import { AlertStateRepository } from './alert-state.repository.js';
import { TransitionPartitionRepository } from './history-partitions.repository.js';

const DAY_MS = 86_400_000;
/** Partitions are made this far ahead, so that some weeks without the job lose nothing. */
const AHEAD_MS = 40 * DAY_MS;
/** An alert that is normal has no more to remember after this time. */
const NORMAL_KEPT_MS = 7 * DAY_MS;
const REPORTS_KEPT_MS = 3_600_000;
const ROWS_AT_ONCE = 5_000;

/** Makes room in the tables of the evaluation. All instants are the database's. */
@Injectable()
export class AlertingUpkeep {
  constructor(
    private readonly states: AlertStateRepository,
    private readonly partitions: TransitionPartitionRepository,
    private readonly signals: SignalRepository,
    @Inject(ALERT_EVALUATION_CONFIG) private readonly config: AlertEvaluationConfig,
  ) {}

  /** Whatever changes within the next weeks finds its place. */
  async keepPartitions(): Promise<void> {
    const now = (await this.states.now()).getTime();
    await this.partitions.ensure({
      from: new Date(now - DAY_MS),
      to: new Date(now + AHEAD_MS),
      keptFrom: new Date(now - this.config.historyDays * DAY_MS),
    });
  }

  /** Removes what nobody needs any more. */
  async tidy(signal: AbortSignal): Promise<void> {
    const now = await this.states.now();
    await this.signals.removeOlder(now, REPORTS_KEPT_MS);
    const before = new Date(now.getTime() - NORMAL_KEPT_MS);
    while (!signal.aborted && (await this.states.forgetNormal(before, ROWS_AT_ONCE)) === ROWS_AT_ONCE);
  }
}
