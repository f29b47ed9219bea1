import { Controller, Get } from '@nestjs/common';
import { type Leak, type LongRunningRow, type PoolReport, PoolService } from '../pool/index.js';
import { AnswerExamples } from '../platform/http/index.js';
import { Access, CallerIfKnown, type CallerIdentity } from '../tenancy/index.js';
import { POOL_EXAMPLES } from './examples/pool.js';

/** The connection pool of this instance. SQL, tenants and requests are for operators alone. */
@Access('metrics-read')
@AnswerExamples(POOL_EXAMPLES)
@Controller('metrics/pool')
export class PoolMetricsController {
  constructor(private readonly pool: PoolService) {}

  @Get()
  async report(@CallerIfKnown() caller: CallerIdentity | undefined): Promise<PoolReport> {
    const report = await this.pool.report();
    if (caller?.isOperator === true) return report;
    const holders = report.holders.map((holder) => ({ ...holder, ...HIDDEN, lastSql: null }));
    return { ...report, holders };
  }

  /** Connections that were held for too long, or that nobody could give back; newest first. */
  @Get('leaks')
  leaks(@CallerIfKnown() caller: CallerIdentity | undefined): Leak[] {
    const leaks = this.pool.leaks();
    if (caller?.isOperator === true) return leaks;
    return leaks.map((leak) => ({ ...leak, ...HIDDEN, lastSql: null }));
  }

  /** Statements that run for long, in any connection to this database; longest first. */
  @Get('long-running')
  async longRunning(@CallerIfKnown() caller: CallerIdentity | undefined): Promise<LongRunningRow[]> {
    const rows = await this.pool.longRunning();
    if (caller?.isOperator === true) return rows;
    return rows.map((row) => ({
      ...row,
      sql: null,
      userName: null,
      applicationName: null,
      holder: row.holder && { ...row.holder, ...HIDDEN },
    }));
  }
}

const HIDDEN = { requestId: null, tenantId: null } as const;
