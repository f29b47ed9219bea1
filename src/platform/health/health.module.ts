import { Global, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthIndicators } from './health-indicators.js';
import { Readiness } from './readiness.js';

/** Readiness and health of this instance, everywhere. */
@Global()
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  providers: [Readiness, HealthIndicators],
  exports: [Readiness, HealthIndicators],
})
export class HealthModule {}
