import { lookup as lookUp, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import { ALERT_DELIVERY_CONFIG, type AlertDeliveryConfig } from '../../../config/index.js';
import { AlertTargetError } from '../errors.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

/** Public by its number, and yet inside: the host of a virtual machine at Azure. */
const METADATA_HOSTS = new Set(['168.63.129.16']);
/** Kinds of IPv6 addresses that stand for an IPv4 address in their last 32 bits. */
const CARRIES_IPV4 = new Set(['ipv4Mapped', 'rfc6145', 'rfc6052']);

/**
 * Which addresses may be notified: public ones, and what the settings allow. It judges the very address that is
 * connected to: a name that is resolved anew for the connection cannot say something else then.
 */
@Injectable()
export class AddressGuard {
  private readonly networks: readonly Network[];
  private readonly hosts: ReadonlySet<string>;

  constructor(@Inject(ALERT_DELIVERY_CONFIG) { allowedPrivateTargets }: AlertDeliveryConfig) {
    this.networks = allowedPrivateTargets.map(networkOf).filter((network) => network !== undefined);
    this.hosts = new Set(
      allowedPrivateTargets.filter((entry) => networkOf(entry) === undefined).map(plainHost),
    );
  }

  /**
   * Refuses a URL whose host is an address that may not be notified. Names are judged when they are resolved.
   * @throws AlertTargetError ALERTING_TARGET_FORBIDDEN
   */
  check({ hostname }: URL): void {
    const host = plainHost(hostname);
    const address = host.replace(/^\[|\]$/g, '');
    if (isIP(address) !== 0) this.checkAddress(host, address);
  }

  /** For the options of a request: resolves a name, and fails if any of its addresses may not be notified. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, found) => {
      const failure = error ?? this.refusalOf(hostname, found);
      if (failure !== undefined) return callback(failure, []);
      const [first] = found;
      if (options.all === true) callback(null, found);
      else callback(null, first?.address ?? '', first?.family ?? 0);
    });
  };

  private refusalOf(hostname: string, found: readonly LookupAddress[]): AlertTargetError | undefined {
    try {
      for (const { address } of found) this.checkAddress(plainHost(hostname), address);
      return undefined;
    } catch (error) {
      if (error instanceof AlertTargetError) return error;
      throw error;
    }
  }

  private checkAddress(host: string, text: string): void {
    if (this.hosts.has(host)) return;
    // A zone names an interface of this machine: such an address is link-local, whatever else it is.
    const address = ipaddr.parse(text.replace(/%.*$/, ''));
    const kind = kindOf(address);
    if (kind === 'unicast' || this.isAllowed(address)) return;
    throw new AlertTargetError(kind);
  }

  private isAllowed(address: Address): boolean {
    const plain = embedded(address) ?? address;
    return this.networks.some(([network, bits]) => {
      return network.kind() === plain.kind() && plain.match(network, bits);
    });
  }
}

function kindOf(address: Address): string {
  if (METADATA_HOSTS.has(address.toString())) return 'metadata';
  const carried = embedded(address);
  return carried === undefined ? address.range() : kindOf(carried);
}

function embedded(address: Address): ipaddr.IPv4 | undefined {
  if (!(address instanceof ipaddr.IPv6) || !CARRIES_IPV4.has(address.range())) return undefined;
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}

function networkOf(entry: string): Network | undefined {
  if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry);
  if (isIP(entry) === 0) return undefined;
  const address = ipaddr.parse(entry);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** As names are compared: `localhost.` is `localhost`. */
function plainHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}
