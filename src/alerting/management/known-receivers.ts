import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../platform/database/index.js';
import { AlertingInputError } from './errors.js';
import { ReceiverRepository } from './receiver.repository.js';

/** Sees to it that rules name receivers of their own tenant only. */
@Injectable()
export class KnownReceivers {
  constructor(private readonly receivers: ReceiverRepository) {}

  /**
   * They exist until the transaction ends.
   * @throws AlertingInputError ALERTING_INPUT_INVALID for one that the tenant does not have
   */
  async hold(transaction: Queryable, tenantId: string, ids: readonly string[]): Promise<void> {
    const known = await this.receivers.known(transaction, tenantId, ids);
    const issues = ids.flatMap((id, index) =>
      known.has(id)
        ? []
        : { path: `receivers.${index}`, message: `there is no receiver ${id} in your tenant` },
    );
    if (issues.length > 0) throw new AlertingInputError(issues);
  }
}
