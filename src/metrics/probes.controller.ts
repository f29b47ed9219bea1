import { Controller, Get } from '@nestjs/common';
import { NotReadyError, Readiness, type ReadinessReport } from '../platform/health/index.js';
import { IgnoresParameters } from '../platform/http/index.js';
import { Access } from '../tenancy/index.js';

/** Questions of the orchestrator: does the process live, and should it get requests. */
@Access('open')
@IgnoresParameters(true)
@Controller()
export class ProbesController {
  constructor(private readonly readiness: Readiness) {}

  /** Asks nobody: a restart would not bring a lost database back. */
  @Get('livez')
  live(): { status: 'alive' } {
    return { status: 'alive' };
  }

  @Get('readyz')
  async ready(): Promise<ReadinessReport> {
    const report = await this.readiness.report();
    if (!report.isReady) throw new NotReadyError(report.checks);
    return report;
  }
}
