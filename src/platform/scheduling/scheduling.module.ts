import { Global, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { BackgroundJobs } from './background-jobs.js';
import { JobMetrics } from './job-metrics.js';
import { Leadership } from './leadership.js';
import { LeaseRepository } from './lease.repository.js';

/** Background jobs, everywhere. Needs the global Database, Clock, Ids, Logger and MetricRegistry. */
@Global()
@Module({
  imports: [ScheduleModule.forRoot()],
  providers: [BackgroundJobs, JobMetrics, Leadership, LeaseRepository],
  exports: [BackgroundJobs],
})
export class SchedulingModule {}
