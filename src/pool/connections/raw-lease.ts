import type { DriverClient } from './driver.js';

/** What a lease tells about its use. */
export interface LeaseListener {
  /** Whether its user still has the connection. */
  isCurrent(): boolean;
  /** A statement is about to be sent. */
  sent(text: string): void;
  /** The user has got something by which it reaches the connection without the lease. */
  escaped(lease: object): void;
}

const leased = new WeakMap<object, { readonly client: DriverClient; readonly listener: LeaseListener }>();
/** As long as a cursor or stream lives, its lease does: its user need not keep both. */
const kept = new WeakMap<object, object>();

/** Methods that register functions with the client, which then live as long as it does. */
const SUBSCRIBING = new Set(['on', 'once', 'addListener', 'prependListener', 'prependOnceListener']);

/** The client behind a lease; a client itself comes back as it is. */
export function clientOf(connection: DriverClient): DriverClient {
  return leased.get(connection)?.client ?? connection;
}

/** A lease whose user has given the connection back: by now it may be somebody else's. */
export function isStale(connection: DriverClient): boolean {
  return leased.get(connection)?.listener.isCurrent() === false;
}

/**
 * Stands for a client in the hands of one user. The pool itself refers to the client, so only an object of the user's
 * own can become unreachable and prove that nobody will ever give the connection back. Whoever gets at the connection in
 * a way that does not keep the lease (listeners, the driver's inner objects) pins it: then there is no proof, and the
 * time limit is the net.
 */
export function leaseOf(client: DriverClient, listener: LeaseListener): DriverClient {
  const lease = new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value === 'function') return methodOf(target, String(name), value as Method);
      if (typeof value === 'object' && value !== null) listener.escaped(lease);
      return value;
    },
    set(target, name, value) {
      return Reflect.set(target, name, value, target);
    },
  });
  const methodOf = (target: DriverClient, name: string, method: Method): Method => {
    if (SUBSCRIBING.has(name)) listener.escaped(lease);
    return (...args) => {
      if (name === 'query') noteStatement(args[0], lease, listener);
      const result = method.apply(target, args);
      return result === target ? lease : result;
    };
  };
  leased.set(lease, { client, listener });
  return lease;
}

type Method = (...args: unknown[]) => unknown;

function noteStatement(statement: unknown, lease: object, listener: LeaseListener): void {
  if (typeof statement === 'string') return listener.sent(statement);
  if (typeof statement !== 'object' || statement === null) return;
  const { text, submit } = statement as { text?: unknown; submit?: unknown };
  if (typeof text === 'string') listener.sent(text);
  if (typeof submit === 'function') kept.set(statement, lease);
}
