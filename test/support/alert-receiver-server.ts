import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that a receiver got. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: ReceivedBody;
}

/** The parts of a webhook that tests look at; other kinds of receivers get other bodies. */
export interface ReceivedBody extends Readonly<Record<string, unknown>> {
  readonly status: string;
  readonly groupKey: string;
  readonly alerts: readonly ReceivedAlert[];
}

export interface ReceivedAlert extends Readonly<Record<string, unknown>> {
  readonly status: string;
  readonly fingerprint: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly dedupKey: string;
  readonly transition: string;
  readonly labels: Readonly<Record<string, string>>;
}

type Answer = (response: ServerResponse, received: Received) => void;

/** A receiver of notifications on 127.0.0.1: it keeps what it gets, and answers as it is told. */
export class ReceiverServer {
  readonly received: Received[] = [];
  /** Replaced by tests. */
  answer: Answer = (response) => response.writeHead(200).end();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ReceiverServer> {
    const server = createServer();
    const receiver = new ReceiverServer(server);
    server.on('request', (request, response) => void receiver.take(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  /** Alerts of all messages, in the order they came. */
  get alerts(): readonly ReceivedAlert[] {
    return this.received.flatMap(({ body }) => body.alerts);
  }

  /** Answers so many requests with `status`, and all others with 200. */
  failFirst(count: number, status: number, headers: Readonly<Record<string, string>> = {}): void {
    let left = count;
    this.answer = (response) => {
      left -= 1;
      response.writeHead(left >= 0 ? status : 200, left >= 0 ? headers : {}).end();
    };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as ReceivedBody;
    const received = { path: request.url ?? '', headers: request.headers, body };
    this.received.push(received);
    this.answer(response, received);
  }
}
