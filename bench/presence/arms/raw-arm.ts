// `ws` and nothing else: what a gateway would cost if it did nothing. Sends every update to each member of its room.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { startedWith } from '../../support/peer-process.js';
import { answerAsArm } from './figures.js';
import { Rooms } from './rooms.js';

interface Incoming {
  readonly type: 'subscribe' | 'presence.update' | 'presence.note' | 'ping';
  readonly layout: string;
  readonly state: object;
}

/** A text for each client, as is usual, or one for all of them. */
const { isPrebuilt } = startedWith() as { isPrebuilt: boolean };
const rooms = new Rooms<WebSocket>();
const server = createServer();
const sockets = new WebSocketServer({ server, path: '/ws', perMessageDeflate: false });

function hear(socket: WebSocket, { type, layout, state }: Incoming): void {
  if (type === 'subscribe') {
    rooms.join(layout, socket);
    socket.send(JSON.stringify({ type: 'subscribed', layout }));
  } else if (type === 'ping') {
    socket.send(JSON.stringify({ type: 'pong' }));
  } else if (type === 'presence.note') {
    rooms.note(socket, state);
  } else {
    const update = { type: 'presence.update', layout, state };
    const text = isPrebuilt ? Buffer.from(JSON.stringify(update)) : undefined;
    for (const member of rooms.of(layout)) member.send(text ?? JSON.stringify(update), { binary: false });
  }
}

sockets.on('connection', (socket) => {
  socket.on('message', (data: Buffer) => hear(socket, JSON.parse(data.toString()) as Incoming));
  socket.on('error', () => undefined);
  socket.on('close', () => rooms.leave(socket));
  socket.send(JSON.stringify({ type: 'welcome' }));
});
server.listen(0, '127.0.0.1', 4_096, () => {
  answerAsArm({ port: () => (server.address() as AddressInfo).port });
});
