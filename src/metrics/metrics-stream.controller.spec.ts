import type { Response } from 'express';
import type { PerformanceService } from '../performance/index.js';
import type { GracefulShutdown } from '../platform/http/index.js';
import { MetricsStreamController } from './metrics-stream.controller.js';

describe('the stream of metrics', () => {
  it('keeps no place for who went away before being let in', () => {
    let watched = 0;
    const performance = { watch: () => (watched += 1) } as unknown as PerformanceService;
    const controller = new MetricsStreamController(performance, {} as GracefulShutdown);
    const gone = { destroyed: true } as Response;

    for (let index = 0; index < 201; index += 1) controller.stream(gone);

    expect(watched).toBe(0);
  });
});
