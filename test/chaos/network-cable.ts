import net from 'node:net';

/**
 * The network cable of a process. While it is pulled, all connections are closed and none can be made. Stands
 * between `net` and its users from the moment it is made.
 */
export class NetworkCable {
  private readonly sockets = new Set<net.Socket>();
  private isPulled = false;

  constructor() {
    const connect = net.createConnection.bind(net) as (...args: unknown[]) => net.Socket;
    const replaced = (...args: unknown[]): net.Socket => this.connect(() => connect(...args));
    Object.assign(net, { createConnection: replaced });
  }

  set(isPulled: boolean): void {
    this.isPulled = isPulled;
    if (isPulled) for (const socket of this.sockets) socket.destroy(reset());
  }

  private connect(really: () => net.Socket): net.Socket {
    if (this.isPulled) {
      const socket = new net.Socket();
      process.nextTick(() => socket.destroy(reset()));
      return socket;
    }
    const socket = really();
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    return socket;
  }
}

function reset(): Error {
  return Object.assign(new Error('The cable is pulled.'), { code: 'ECONNRESET' });
}
