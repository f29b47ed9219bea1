import { Injectable } from '@nestjs/common';
import { type Counter, MetricRegistry } from '../platform/telemetry/index.js';

/** Counters of batch jobs on this instance. */
@Injectable()
export class BatchMetrics {
  readonly chunks: Counter<'operation'>;
  readonly records: Counter<'operation'>;
  readonly failures: Counter;
  readonly retries: Counter;
  readonly pauses: Counter<'reason'>;
  readonly pickups: Counter<'outcome'>;
  readonly errors: Counter<'where'>;

  constructor(registry: MetricRegistry) {
    this.chunks = registry.counter('batch_chunks_total', { help: 'Chunks written.', labels: ['operation'] });
    this.records = registry.counter('batch_records_total', {
      help: 'Records worked off, bad ones included.',
      labels: ['operation'],
    });
    this.failures = registry.counter('batch_failures_total', {
      help: 'Chunks that failed, repeated or not.',
    });
    this.retries = registry.counter('batch_retries_total', {
      help: 'Chunks that were repeated after a failure.',
    });
    this.pauses = registry.counter('batch_pauses_total', {
      help: 'Times a worker stood still for others.',
      labels: ['reason'],
    });
    this.pickups = registry.counter('batch_partitions_total', {
      help: 'Partitions taken by workers of this instance, by how they ended.',
      labels: ['outcome'],
    });
    this.errors = registry.counter('batch_errors_total', {
      help: 'Failures beside the chunks, by where.',
      labels: ['where'],
    });
  }
}
