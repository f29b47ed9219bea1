import { WebSocket } from 'ws';
import { ADMIN_KEY } from '../support/api-client.js';
import { monotonicMs } from './monotonic.js';

const AGAIN_AFTER_MS = 200;
const ANSWERS_WITHIN_MS = 20_000;

/** What a gateway says first. */
interface Frame {
  readonly type: string;
  readonly code?: string;
}

/** A bare connection: it does nothing by itself. */
export function openBare(port: number, key = ADMIN_KEY): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: { Authorization: `Bearer ${key}` } });
  socket.on('error', () => undefined);
  return socket;
}

/** The next frame that is an answer: what is told of others is passed over. Several may come at once. */
export function nextAnswer(socket: WebSocket): Promise<Frame> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('The gateway did not answer.')), ANSWERS_WITHIN_MS);
    const hear = (data: Buffer): void => {
      const frame = JSON.parse(data.toString()) as Frame;
      if (frame.type.startsWith('presence.') || frame.type === 'region.changed') return;
      socket.off('message', hear);
      clearTimeout(late);
      resolve(frame);
    };
    socket.on('message', hear);
    socket.once('close', (code) => reject(new Error(`Closed with ${code}.`)));
  });
}

/** Joins a layout. @throws Error with the code of the refusal */
export async function openMember(port: number, layoutId: string): Promise<WebSocket> {
  const socket = openBare(port);
  await nextAnswer(socket);
  const answer = await subscribe(socket, layoutId);
  if (answer.type === 'subscribed') return socket;
  socket.terminate();
  throw new Error(answer.code);
}

/** Comes again and again until there is a place. @returns when it got one, by the clock of the machine */
export async function joinUntilLetIn(port: number, layoutId: string): Promise<number> {
  for (;;) {
    try {
      const socket = await openMember(port, layoutId);
      socket.terminate();
      return monotonicMs();
    } catch (error) {
      if (!(error instanceof Error && error.message === 'PRESENCE_LIMIT_REACHED')) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
    }
  }
}

async function subscribe(socket: WebSocket, layoutId: string): Promise<Frame> {
  const answer = nextAnswer(socket);
  socket.send(JSON.stringify({ type: 'subscribe', layout: layoutId }));
  return answer;
}
