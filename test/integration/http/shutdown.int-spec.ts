import { once } from 'node:events';
import { Agent, get, type IncomingMessage, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { ProbesController } from '../../../src/metrics/probes.controller.js';
import { GracefulShutdown } from '../../../src/platform/http/index.js';
import { eventually } from '../../support/eventually.js';
import { type SampleApp, startSampleApp } from './test-app.js';

/** A stream without an end, unless it listens to `draining`. */
@Controller()
class StreamController {
  constructor(private readonly shutdown: GracefulShutdown) {}

  @Get('stream/polite')
  polite(@Res() response: Response): void {
    response.write('begin ');
    this.shutdown.draining.addEventListener('abort', () => response.end('end'));
  }

  @Get('stream/stubborn')
  stubborn(@Res() response: Response): void {
    response.write('begin ');
  }
}

describe('GracefulShutdown', () => {
  let sample: SampleApp;
  let port: number;
  let exits: number[];

  async function start(config = {}): Promise<GracefulShutdown> {
    sample = await startSampleApp(config, [StreamController, ProbesController]);
    port = (sample.app.getHttpServer().address() as AddressInfo).port;
    exits = [];
    return sample.app.get(GracefulShutdown);
  }

  const signal = (shutdown: GracefulShutdown): Promise<void> =>
    shutdown.onSignal('SIGTERM', sample.app, (code) => void exits.push(code));

  async function ask(path: string): Promise<IncomingMessage> {
    const [answer] = (await once(get({ port, path, host: '127.0.0.1', agent: false }), 'response')) as [
      IncomingMessage,
    ];
    return answer;
  }

  async function textOf(answer: IncomingMessage): Promise<string> {
    let text = '';
    for await (const chunk of answer) text += String(chunk);
    return text;
  }

  it('says not ready at once, still serves, then closes the port and exits 0', async () => {
    const shutdown = await start({ shutdownNotReadyMs: 300 });
    expect((await ask('/readyz')).statusCode).toBe(200);

    const stopped = signal(shutdown);
    const [probe, served, live] = await Promise.all([ask('/readyz'), ask('/api/items/1'), ask('/livez')]);

    expect([probe.statusCode, served.statusCode, live.statusCode]).toEqual([503, 200, 200]);
    expect(served.headers.connection).toBe('close');
    expect(JSON.parse(await textOf(probe))).toMatchObject({
      code: 'HEALTH_NOT_READY',
      details: { checks: { shutdown: { status: 'down' }, database: { status: 'up' } } },
    });
    await stopped;
    expect(exits).toEqual([0]);
    await expect(ask('/livez')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('lets streams end themselves in good order', async () => {
    const shutdown = await start({ shutdownDeadlineMs: 10_000 });
    const answer = await ask('/stream/polite');

    await signal(shutdown);

    expect(await textOf(answer)).toBe('begin end');
    expect(exits).toEqual([0]);
  });

  it('lets a request that is still sending its body end', async () => {
    const shutdown = await start({ shutdownNotReadyMs: 50, shutdownDeadlineMs: 10_000 });
    const headers = { 'Content-Type': 'application/json', 'Content-Length': 7 };
    const sending = httpRequest({ port, host: '127.0.0.1', path: '/api/echo', method: 'POST', headers });
    sending.write('{"a"');
    await once(sending, 'socket');
    await ask('/livez');

    const stopped = signal(shutdown);
    await eventually(() => {
      if (!shutdown.draining.aborted) throw new TypeError('not draining yet');
    });
    sending.end(':1}');
    const [answer] = (await once(sending, 'response')) as [IncomingMessage];

    expect(answer.statusCode).toBe(201);
    await textOf(answer);
    await stopped;
    expect(exits).toEqual([0]);
  });

  it('closes a kept-alive connection as soon as its last answer is out', async () => {
    const shutdown = await start({ shutdownDeadlineMs: 10_000 });
    const agent = new Agent({ keepAlive: true });
    const asking = get({ port, path: '/stream/polite', host: '127.0.0.1', agent });
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];

    const stopped = signal(shutdown);
    expect(await textOf(answer)).toBe('begin end');
    const startedAt = performance.now();
    await stopped;

    expect(performance.now() - startedAt).toBeLessThan(2_000);
    agent.destroy();
  });

  it('cuts what is left at the deadline', async () => {
    const shutdown = await start({ shutdownDeadlineMs: 200 });
    const answer = await ask('/stream/stubborn');

    await signal(shutdown);

    await expect(textOf(answer)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(exits).toEqual([0]);
  });

  it('takes two signals in quick succession for one', async () => {
    const shutdown = await start();

    await Promise.all([signal(shutdown), signal(shutdown)]);

    expect(exits).toEqual([0]);
  });

  it('is not ready while the database does not answer, and stays alive', async () => {
    await start();
    sample.database.ping = () => Promise.reject(new TypeError('password=hidden'));

    const probe = await ask('/readyz');

    expect(probe.statusCode).toBe(503);
    expect(await textOf(probe)).not.toContain('hidden');
    expect((await ask('/livez')).statusCode).toBe(200);
    await sample.app.close();
  });
});
