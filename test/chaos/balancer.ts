import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Takes connections in and gives them to instances in turn, as a load balancer without sticky sessions does. */
export class Balancer {
  private turn = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private ports: readonly number[],
  ) {
    server.on('connection', (socket) => this.take(socket));
  }

  static async start(ports: readonly number[]): Promise<Balancer> {
    const server = createServer({ noDelay: true });
    const balancer = new Balancer(server, ports);
    server.listen(0, '127.0.0.1', 4_096);
    await once(server, 'listening');
    return balancer;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** New connections go to these from now on. */
  use(ports: readonly number[]): void {
    this.ports = ports;
  }

  stop(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private take(client: Socket): void {
    const port = this.ports[this.turn % this.ports.length] ?? 0;
    this.turn += 1;
    const instance = connect({ port, host: '127.0.0.1', noDelay: true });
    for (const [socket, other] of [
      [client, instance],
      [instance, client],
    ] as const) {
      this.sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
