import { Global, Module } from '@nestjs/common';
import { MetricRegistry } from './metric-registry.js';
import { ProcessMetrics } from './process-metrics.js';
import { ProcessVitals } from './process-vitals.js';

/** The process's own counters, gauges and distributions, everywhere. */
@Global()
@Module({
  providers: [MetricRegistry, ProcessVitals, ProcessMetrics],
  exports: [MetricRegistry, ProcessVitals],
})
export class TelemetryModule {}
