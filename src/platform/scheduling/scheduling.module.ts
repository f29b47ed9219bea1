import { Global, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { BackgroundJobs } from './background-jobs.js';
import { JobMetrics } from './job-metrics.js';
import { Leadership } from './leadership.js';
import { LeaseRepository } from './lease.repository.js';
import { Peers } from './peers.js';

/** Background jobs, everywhere. Needs the global Database, Clock, Ids, Logger and MetricRegistry. */
@Global()
@Module({
  imports: [ScheduleModule.forRoot()],
  providers: [BackgroundJobs, JobMetrics, Leadership, LeaseRepository, Peers],
  exports: [BackgroundJobs, Peers],
})
export class SchedulingModule {}
