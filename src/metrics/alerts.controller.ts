import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { Alerts, type AlertView } from '../alerting/index.js';
import { AnswerExamples } from '../platform/http/index.js';
import { Access, CallerIfKnown, type CallerIdentity, isAllowed } from '../tenancy/index.js';
import { ALERT_EXAMPLES } from './examples/alerts.js';

const AlertList = z.strictObject({
  state: z.enum(['active', 'pending', 'firing', 'recovering', 'no-data', 'error']).default('active'),
  limit: z
    .string()
    .regex(/^\d{1,4}$/, 'must be a whole number from 1 to 1000')
    .transform(Number)
    .pipe(z.number().min(1).max(1_000))
    .default(200),
  cursor: z
    .string()
    .regex(/^\d{1,18}$/, 'must be a nextCursor of an earlier answer')
    .optional(),
});

/** Alerts there are now: those about the server for everybody who may read metrics, a tenant's own for its keys. */
@Access('metrics-read')
@AnswerExamples(ALERT_EXAMPLES)
@Controller('metrics/alerts')
export class AlertMetricsController {
  constructor(private readonly alerts: Alerts) {}

  @Get()
  async list(
    @Query({ schema: AlertList }) { state, ...page }: z.infer<typeof AlertList>,
    @CallerIfKnown() caller: CallerIdentity | undefined,
  ): Promise<AlertMetrics> {
    // Where metrics are open, a collector's key comes this far.
    const tenantId = caller !== undefined && isAllowed('viewer', caller) ? caller.tenantId : null;
    const filter = { tenantId, withServer: true, state };
    const { items, nextCursor } = await this.alerts.current(filter, page);
    return { success: true, data: items, meta: { nextCursor } };
  }
}

/** The list in its envelope. */
interface AlertMetrics {
  readonly success: true;
  readonly data: readonly AlertView[];
  readonly meta: { readonly nextCursor: string | null };
}
