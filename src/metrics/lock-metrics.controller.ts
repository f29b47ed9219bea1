import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { type ContentionRow, type LockReport, LockService } from '../locks/index.js';
import { AnswerExamples } from '../platform/http/index.js';
import { Access, CallerIfKnown, type CallerIdentity } from '../tenancy/index.js';
import { LOCK_EXAMPLES } from './examples/locks.js';

const Contention = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 100')
    .transform(Number)
    .pipe(z.number().min(1).max(100))
    .default(20),
});

/** Locks of this instance. Resources may name tenants: only operators see more than the first part. */
@Access('metrics-read')
@AnswerExamples(LOCK_EXAMPLES)
@Controller('metrics/locks')
export class LockMetricsController {
  constructor(private readonly locks: LockService) {}

  @Get()
  report(@CallerIfKnown() caller: CallerIdentity | undefined): LockReport {
    const report = this.locks.report();
    const held = report.held.map((row) => ({ ...row, resource: shownTo(caller, row.resource) }));
    return { ...report, held };
  }

  /** What is waited for most, longest total wait first. */
  @Get('contention')
  contention(
    @Query({ schema: Contention }) { limit }: z.infer<typeof Contention>,
    @CallerIfKnown() caller: CallerIdentity | undefined,
  ): ContentionRow[] {
    const rows = this.locks.contention(limit);
    return rows.map((row) => ({ ...row, resource: shownTo(caller, row.resource) }));
  }
}

function shownTo(caller: CallerIdentity | undefined, resource: string): string {
  if (caller?.isOperator === true) return resource;
  const colon = resource.indexOf(':');
  return colon === -1 ? resource : `${resource.slice(0, colon)}:*`;
}
