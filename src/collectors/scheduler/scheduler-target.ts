import { Injectable, type OnModuleInit } from '@nestjs/common';
import { TargetRegistry } from '../../batch/index.js';
import { SeriesName } from '../ingest/fields.js';

function problemOfName(text: string): string | undefined {
  return SeriesName.safeParse(text).error?.issues[0]?.message;
}

/** Runs of scheduled jobs, for batch jobs: bulk import, correction, archive and retention. */
@Injectable()
export class SchedulerTarget implements OnModuleInit {
  constructor(private readonly targets: TargetRegistry) {}

  onModuleInit(): void {
    this.targets.register({
      name: 'scheduler-runs',
      table: 'scheduler_metrics',
      tenantColumn: 'tenant_id',
      walkColumn: 'id',
      columns: [
        { field: 'jobName', column: 'job_name', type: 'text', isRequired: true, check: problemOfName },
        { field: 'startedAt', column: 'started_at', type: 'timestamptz', isRequired: true },
        { field: 'durationMs', column: 'duration_ms', type: 'double precision', isRequired: true },
        { field: 'success', column: 'success', type: 'boolean', isRequired: true },
        { field: 'itemsProcessed', column: 'items_processed', type: 'integer' },
        { field: 'errorMessage', column: 'error_message', type: 'text', maxLength: 2_000 },
      ],
      // Two runs may be alike: there is nothing to meet on.
      keyColumns: [],
      filters: [
        { name: 'jobName', column: 'job_name', type: 'text', comparison: '=' },
        { name: 'success', column: 'success', type: 'boolean', comparison: '=' },
        { name: 'startedBefore', column: 'started_at', type: 'timestamptz', comparison: '<' },
        { name: 'startedFrom', column: 'started_at', type: 'timestamptz', comparison: '>=' },
      ],
      archiveTable: 'scheduler_metrics_archive',
      ageColumn: 'started_at',
      operations: ['CREATE', 'UPDATE', 'DELETE', 'ARCHIVE', 'PURGE'],
      adminOnly: ['PURGE'],
    });
  }
}
