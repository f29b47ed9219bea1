import { Module } from '@nestjs/common';
import request from 'supertest';
import { MetricsModule } from '../../../src/metrics/index.js';
import { ProcessMetricsController } from '../../../src/metrics/process-metrics.controller.js';
import { BackgroundJobs } from '../../../src/platform/scheduling/index.js';
import { type SampleApp, startSampleApp } from '../http/test-app.js';

/** What Prometheus 3 sends when it scrapes. */
const PROMETHEUS_ACCEPT =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

@Module({
  providers: [{ provide: BackgroundJobs, useValue: { statuses: () => [{ name: 'roll-up', runs: 3 }] } }],
  controllers: [ProcessMetricsController],
})
class EdgeModule {}

describe('GET /metrics', () => {
  let sample: SampleApp;

  beforeAll(async () => {
    sample = await startSampleApp({}, [], [EdgeModule]);
  });

  afterAll(() => sample.app.close());

  const get = (path: string, accept?: string): request.Test =>
    request(sample.app.getHttpServer())
      .get(path)
      .set(accept === undefined ? {} : { Accept: accept });

  it('belongs to the module of the edge', () => {
    expect(Reflect.getMetadata('controllers', MetricsModule)).toContain(ProcessMetricsController);
  });

  it('answers JSON with jobs and all kinds of metrics', async () => {
    const { body } = await get('/metrics').expect(200);

    expect(body).toMatchObject({
      success: true,
      data: {
        jobs: [{ name: 'roll-up', runs: 3 }],
        gauges: expect.arrayContaining([
          expect.objectContaining({ name: 'process_resident_memory_bytes' }),
        ]) as unknown[],
        histograms: [{ name: 'http_request_duration_seconds' }],
      },
    });
  });

  it.each([
    [PROMETHEUS_ACCEPT, 'application/openmetrics-text; version=1.0.0'],
    ['text/plain;version=0.0.4', 'text/plain; version=0.0.4'],
    ['text/plain', 'text/plain; version=0.0.4'],
    ['application/openmetrics-text', 'application/openmetrics-text; version=1.0.0'],
    ['*/*', 'application/json'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'application/json'],
    ['image/png', 'application/json'],
  ])('answers Accept: %s with %s', async (accept, type) => {
    const { headers } = await get('/metrics', accept).expect(200);

    expect(headers['content-type']).toContain(type);
    expect(headers['vary']).toContain('Accept');
  });

  it('answers ?format= whatever Accept says, and refuses unknown formats', async () => {
    const text = await get('/metrics?format=prometheus', 'application/json').expect(200);
    const json = await get('/metrics?format=json', 'text/plain').expect(200);
    const wrong = await get('/metrics?format=xml').expect(400);

    expect(text.text).toContain('# TYPE process_resident_memory_bytes gauge');
    expect(json.body).toMatchObject({ success: true });
    expect(wrong.body).toMatchObject({
      code: 'HTTP_INPUT_INVALID',
      details: { issues: [{ path: 'format' }] },
    });
  });

  it('answers a ping with the time', async () => {
    const { body } = await get('/metrics/ping').expect(200);

    expect(body).toEqual({
      success: true,
      data: { status: 'ok', time: expect.stringMatching(/^\d{4}-.*Z$/) as string },
    });
  });
});
