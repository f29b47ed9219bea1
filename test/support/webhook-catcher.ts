import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a receiver of kind webhook got. */
export interface CaughtMessage {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: {
    readonly status: string;
    readonly alerts: readonly {
      readonly status: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
    }[];
  };
}

/** A real webhook on the loopback interface, which answers 200 and remembers. */
export class WebhookCatcher {
  readonly messages: CaughtMessage[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<WebhookCatcher> {
    const server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        catcher.messages.push({
          headers: request.headers,
          body: JSON.parse(Buffer.concat(pieces).toString()) as CaughtMessage['body'],
        });
        response.end('ok');
      });
    });
    const catcher = new WebhookCatcher(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return catcher;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  /** Alerts of one name, in the order they were told. */
  told(alertname: string): string[] {
    return this.messages.flatMap(({ body }) =>
      body.alerts.filter(({ labels }) => labels['alertname'] === alertname).map(({ status }) => status),
    );
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}
