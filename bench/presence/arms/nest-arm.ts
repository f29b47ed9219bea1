// A gateway of NestJS with its own WsAdapter, as its documentation has it.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { AddressInfo } from 'node:net';
import type { WebSocket } from 'ws';
import { answerAsArm } from './figures.js';
import { Rooms } from './rooms.js';

interface Update {
  readonly layout: string;
  readonly state: object;
}

class Gateway {
  private readonly rooms = new Rooms<WebSocket>();

  handleConnection(socket: WebSocket): void {
    socket.send(JSON.stringify({ event: 'welcome' }));
  }

  handleDisconnect(socket: WebSocket): void {
    this.rooms.leave(socket);
  }

  subscribe(socket: WebSocket, { layout }: Update): object {
    this.rooms.join(layout, socket);
    return { event: 'subscribed', data: { layout } };
  }

  update(_socket: WebSocket, { layout, state }: Update): void {
    for (const member of this.rooms.of(layout)) {
      member.send(JSON.stringify({ event: 'presence.update', data: { layout, state } }));
    }
  }

  note(socket: WebSocket, { state }: Update): void {
    this.rooms.note(socket, state);
  }

  ping(): object {
    return { event: 'pong' };
  }
}

class ArmModule {
  readonly gateway = Gateway.name;
}

// By hand: the loader of benches does not compile decorators as Nest wants them.
const HANDLERS = {
  subscribe: 'subscribe',
  'presence.update': 'update',
  'presence.note': 'note',
  ping: 'ping',
};
for (const [event, method] of Object.entries(HANDLERS)) {
  const descriptor = Object.getOwnPropertyDescriptor(Gateway.prototype, method);
  if (descriptor !== undefined) SubscribeMessage(event)(Gateway.prototype, method, descriptor);
}
WebSocketGateway({ path: '/ws' })(Gateway);
Module({ providers: [Gateway] })(ArmModule);

const app = await NestFactory.create(ArmModule, { logger: false });
app.useWebSocketAdapter(new WsAdapter(app));
app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
const server = app.getHttpServer() as { address(): AddressInfo };
answerAsArm({ port: () => server.address().port });
