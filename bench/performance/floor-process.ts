import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerQuestions } from '../support/peer-process.js';

/** A server that does nothing, with answers as long as the real ones: what is left is load generator and machine. */
function listen({ bytes }: { readonly bytes: number }): Promise<string> {
  const body = 'x'.repeat(bytes);
  const server = createServer((_request, response) => void response.end(body));
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    });
  });
}

answerQuestions({ listen });
