import type { IncomingMessage } from 'node:http';
import { ipKeyGenerator } from 'express-rate-limit';

/** Address of the client behind so many trusted proxies, by the rule of Express: for requests it never sees. */
export function clientAddress(request: IncomingMessage, trustProxyHops: number): string | undefined {
  const { remoteAddress } = request.socket;
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
  return address === undefined ? 'unknown' : ipKeyGenerator(address);
}
