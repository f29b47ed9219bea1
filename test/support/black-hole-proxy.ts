import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Stands before a server, and can swallow: then it still accepts connections, and nothing that is sent on old or new
 * ones is ever answered. That is how a network without a route, or a server that hangs, looks like to its clients.
 */
export class BlackHoleProxy {
  private readonly sockets = new Set<Socket>();
  private isSwallowing = false;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(target: URL): Promise<BlackHoleProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const proxy = new BlackHoleProxy(server, (server.address() as AddressInfo).port);
    server.on('connection', (socket) => proxy.accept(socket, target));
    return proxy;
  }

  /** The address of `target` by way of this proxy. */
  static urlOf(target: string, { port }: BlackHoleProxy): string {
    const url = new URL(target);
    url.hostname = '127.0.0.1';
    url.port = String(port);
    return url.href;
  }

  /** From now on nothing passes, in either direction, on any connection. */
  swallow(): void {
    this.isSwallowing = true;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(client: Socket, target: URL): void {
    this.keep(client);
    if (this.isSwallowing) {
      client.resume();
      return;
    }
    const upstream = this.keep(connect(Number(target.port), target.hostname));
    this.pass(client, upstream);
    this.pass(upstream, client);
  }

  private pass(from: Socket, to: Socket): void {
    from.on('data', (piece) => {
      if (!this.isSwallowing) to.write(piece);
    });
    from.on('close', () => {
      if (!this.isSwallowing) to.destroy();
    });
  }

  private keep(socket: Socket): Socket {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.sockets.delete(socket));
    return socket;
  }
}
