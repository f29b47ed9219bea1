import { Global, Module } from '@nestjs/common';
import { MetricRegistry } from './metric-registry.js';
import { ProcessMetrics } from './process-metrics.js';

/** The process's own counters, gauges and distributions, everywhere. */
@Global()
@Module({ providers: [MetricRegistry, ProcessMetrics], exports: [MetricRegistry] })
export class TelemetryModule {}
