// socket.io as its documentation has it: rooms, and an event for each update.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { answerAsArm } from './figures.js';
import { Rooms } from './rooms.js';

interface Update {
  readonly layout: string;
  readonly state: object;
}

const server = createServer();
const io = new Server(server, { transports: ['websocket'] });
const rooms = new Rooms<Socket>();
io.on('connection', (socket) => {
  socket.on('subscribe', ({ layout }: Update) => {
    void socket.join(layout);
    socket.emit('subscribed', { layout });
  });
  socket.on('presence.update', (update: Update) => void io.to(update.layout).emit('presence.update', update));
  socket.on('presence.note', ({ state }: Update) => rooms.note(socket, state));
  socket.on('disconnect', () => rooms.leave(socket));
  socket.on('ping', () => socket.emit('pong', {}));
});
server.listen(0, '127.0.0.1', 4_096, () => {
  answerAsArm({ port: () => (server.address() as AddressInfo).port });
});
