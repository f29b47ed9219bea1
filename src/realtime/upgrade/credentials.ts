import type { IncomingMessage } from 'node:http';
import { bearerOf } from '../../tenancy/index.js';

/** The protocol's name, for clients that can set no header and so offer it beside their key. */
export const SUBPROTOCOL = 'plimsoll.v1';

const KEY_PREFIX = 'bearer.';

/**
 * The API key of an upgrade: from `Authorization`, or offered as subprotocol `bearer.<key>`, which is all that pages can
 * set. Never from the query string, which ends up in logs.
 */
export function keyOf({ headers }: IncomingMessage): string | undefined {
  const bearer = bearerOf(headers.authorization);
  if (bearer !== undefined) return bearer;
  return offered(headers['sec-websocket-protocol'])
    .find((protocol) => protocol.startsWith(KEY_PREFIX))
    ?.slice(KEY_PREFIX.length);
}

/** What is answered of the offered protocols: browsers give up without one. The key only when nothing else was offered. */
export function chooseProtocol(protocols: ReadonlySet<string>): string | false {
  if (protocols.has(SUBPROTOCOL)) return SUBPROTOCOL;
  const [first] = [...protocols].sort((a, b) => Number(isKey(a)) - Number(isKey(b)));
  return first ?? false;
}

function isKey(protocol: string): boolean {
  return protocol.startsWith(KEY_PREFIX);
}

function offered(header: string | undefined): string[] {
  return (header ?? '').split(',').map((protocol) => protocol.trim());
}
