import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestHandler } from 'express';

/**
 * Cuts clients that take nothing of their answer for `idleMs`: without a bound they would hold it, and their
 * connection, for ever. Only a connection with bytes that wait to be taken is cut. A request that is worked
 * on for long, a stream that pauses and an event source without events are silent as well, and are left alone.
 */
export function cutUnreadAnswers(server: Server, idleMs: number): RequestHandler {
  server.setTimeout(idleMs);
  return (_request, response, next) => {
    // Without this listener Node would destroy every silent connection.
    response.on('timeout', (socket: Socket) => {
      if (socket.writableLength > 0) socket.destroy();
    });
    next();
  };
}
