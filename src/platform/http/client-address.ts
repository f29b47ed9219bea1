import type { IncomingMessage } from 'node:http';
import { ipKeyGenerator } from 'express-rate-limit';

/** How sockets for both families name a client that came by IPv4. */
const IPV4_AS_IPV6 = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;

/** Address of the client behind so many trusted proxies, by the rule of Express: for requests it never sees. */
export function clientAddress(request: IncomingMessage, trustProxyHops: number): string | undefined {
  const { remoteAddress } = request.socket;
  if (trustProxyHops === 0) return remoteAddress;
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',');
  const told = forwarded
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '')
    .reverse();
  const addresses = [remoteAddress, ...told];
  return addresses[Math.min(trustProxyHops, addresses.length - 1)];
}

/** What is counted as one client: somebody owns a whole IPv6 subnet, so single addresses mean nothing there. */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  // What nearly all are costs next to nothing; parsing an IPv6 address takes as long as the rest of a request.
  if (!address.includes(':')) return address;
  return IPV4_AS_IPV6.exec(address)?.[1] ?? ipKeyGenerator(address);
}
