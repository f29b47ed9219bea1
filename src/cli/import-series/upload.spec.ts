import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret } from '../../config/index.js';
import { UploadInterruptedError, UploadRefusedError } from './errors.js';
import { upload, type UploadReport } from './upload.js';

describe('upload', () => {
  let server: Server;

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  /** Sends one line to a server that answers 429 with `code`. */
  async function refusedWith(code: string): Promise<UploadReport> {
    server = createServer((request, response) => {
      request.resume();
      response.writeHead(429, { 'Content-Type': 'application/problem+json' });
      response.end(JSON.stringify({ status: 429, code, detail: 'Too many.' }));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const lines = async function* () {
      yield await Promise.resolve('{}\n');
    };
    const url = `http://127.0.0.1:${port}`;
    return upload(lines(), { url, apiKey: new Secret('plim_a_b'), idempotencyKey: 'one' });
  }

  it('is interrupted by a rate limit, which passes', async () => {
    await expect(refusedWith('HTTP_RATE_LIMITED')).rejects.toThrow(UploadInterruptedError);
  });

  it('is refused for good when the tenant may have no more series', async () => {
    await expect(refusedWith('COLLECTORS_SERIES_LIMIT')).rejects.toThrow(UploadRefusedError);
  });
});
