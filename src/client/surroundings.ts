import { ClientSocketMissingError } from './errors.js';

/** As much of a WebSocket as a client needs: that of browsers, of Node 22 and of the package `ws`. */
export interface Socket {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export type SocketConstructor = new (url: string, protocols: string[]) => Socket;

/** Time and chance. Tests and other runtimes bring their own. */
export interface Surroundings {
  /** Calls `run` once after `delayMs`, unless the answer is called before. */
  after(delayMs: number, run: () => void): () => void;
  /** Milliseconds since any start; never goes back. */
  monotonic(): number;
  /** Uniform in [0, 1). */
  fraction(): number;
}

/** Those of the runtime: a kernel clock would not do, because browsers have other timers than Node. */
export const RUNTIME: Surroundings = {
  after(delayMs, run) {
    const handle = setTimeout(run, delayMs);
    return () => clearTimeout(handle);
  },
  monotonic: () => performance.now(),
  fraction: () => Math.random(),
};

/** @throws ClientSocketMissingError CLIENT_SOCKET_MISSING */
export function runtimeSocket(): SocketConstructor {
  const { WebSocket } = globalThis as { readonly WebSocket?: SocketConstructor };
  if (WebSocket === undefined) throw new ClientSocketMissingError();
  return WebSocket;
}
