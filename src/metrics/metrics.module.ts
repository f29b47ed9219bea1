import { Module } from '@nestjs/common';
import { ProbesController } from './probes.controller.js';
import { ProcessMetricsController } from './process-metrics.controller.js';

/** The edge under /metrics, with the probes. */
@Module({ controllers: [ProbesController, ProcessMetricsController] })
export class MetricsModule {}
