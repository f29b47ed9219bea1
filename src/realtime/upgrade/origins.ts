import type { IncomingMessage } from 'node:http';

/**
 * Whether the page a connection comes from may connect. Browsers send their credentials' page as `Origin` and cannot
 * lie; whoever sends none is no page.
 * @param allowed in lower case; empty: pages of the host that is asked
 */
export function isOriginAllowed(request: IncomingMessage, allowed: readonly string[], isProxied: boolean) {
  const origin = request.headers.origin?.toLowerCase();
  if (origin === undefined) return true;
  return allowed.length > 0 ? allowed.includes(origin) : hostsOf(request, isProxied).includes(hostOf(origin));
}

function hostsOf({ headers }: IncomingMessage, isProxied: boolean): (string | undefined)[] {
  const forwarded = isProxied ? [headers['x-forwarded-host'] ?? []].flat() : [];
  return [headers.host ?? [], ...forwarded].flat().map((host) => host.trim().toLowerCase());
}

function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/?#]+)$/.exec(origin)?.[1];
}
