import { Global, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DatabaseReadiness } from './database-readiness.js';
import { PingRepository } from './ping.repository.js';
import { Readiness } from './readiness.js';

/** Readiness of this instance, everywhere. Needs the global Database. */
@Global()
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  providers: [Readiness, PingRepository, DatabaseReadiness],
  exports: [Readiness],
})
export class HealthModule {}
