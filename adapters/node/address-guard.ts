import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Private means: reachable only with `allowPrivate`. Link-local addresses (cloud metadata) stay refused even then. */
const PRIVATE = blocks([
  ['10.0.0.0', 8],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
]);
/** Apart, for a list with IPv4 rules would also pass `::ffff:10.0.0.1`: we want no such spelling at all. */
const PRIVATE_V6 = blocks([
  ['::1', 128],
  ['fc00::', 7],
]);

/**
 * Where clouds hand out keys to whoever asks from inside, and their helpers beside it: never called, whatever is allowed.
 * Those outside of private networks (link-local, Alibaba's, Oracle's, Azure's) are no part of PRIVATE anyway. Source: the
 * documentation of EC2 (fd00:ec2::/32), Google Cloud (fd20:ce::254) and Oracle (fd00:c1::a9fe:a9fe).
 */
const METADATA_V6 = blocks([
  ['fd00:ec2::', 32],
  ['fd20:ce::', 64],
  ['fd00:c1::', 32],
]);
const METADATA_NAMES: ReadonlySet<string> = new Set([
  'instance-data',
  'instance-data.ec2.internal',
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'metadata.azure.internal',
]);

/** What is not public, or public but never a stranger's server. Source: the IANA special-purpose registries. */
const SPECIAL = blocks([
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Azure's own host agent, on an address that looks public.
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Teredo, ORCHID and the other protocol assignments; documentation; 6to4, which can carry a private IPv4 address.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]);

/** Of IPv6 only what is handed out as global unicast: mapped, NAT64 and whatever comes later lie outside. */
const GLOBAL_V6 = blocks([['2000::', 3]]);

const LOCAL_NAMES = ['localhost', 'local', 'internal', 'home.arpa', 'lan'];
const PUBLIC_PORTS = new Set(['', '443', '8443']);

export interface GuardOptions {
  readonly allowPrivate: boolean;
}

function blocks(subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, network.includes(':') ? 'ipv6' : 'ipv4');
  return list;
}

function listed(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0 || address.includes('%')) return false;
  return family === 6 ? listed(PRIVATE_V6, address) && !listed(METADATA_V6, address) : listed(PRIVATE, address);
}

export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0 || address.includes('%')) return false;
  if (family === 6 && !listed(GLOBAL_V6, address)) return false;
  return !listed(SPECIAL, address);
}

function isLocalName(host: string): boolean {
  return !host.includes('.') || LOCAL_NAMES.some((name) => host === name || host.endsWith(`.${name}`));
}

const METADATA_ADDRESS = 'This address belongs to the cloud that a machine runs in, and is never called; use another.';
const PRIVATE_ADDRESS = 'This address is private or reserved; use one that is reachable from the internet.';
const ODD_PORT = 'Only the ports 443 and 8443 are called; remove the port from the URL.';

/** The URL, or the sentence that says why it may not be called. Never quotes it: its path may be a secret. */
export function callableUrl(url: string, { allowPrivate }: GuardOptions): URL | string {
  // A parser drops some of them, so that what is stored and shown is not what is called.
  if (/\p{Cc}/u.test(url)) return 'A URL holds no line breaks and no control characters; remove them.';
  const parsed = URL.parse(url);
  if (!parsed) return 'This is not a complete URL; write it as https://host/path.';
  const { protocol, username, password, hostname, port } = parsed;
  const plain = protocol === 'http:' && allowPrivate;
  if (protocol !== 'https:' && !plain) return 'Only https URLs are called; start it with https://.';
  if (username || password) return 'A URL must not hold a user name or password; remove the part before the @.';
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
  if (METADATA_NAMES.has(host.toLowerCase())) return METADATA_ADDRESS;
  if (isIP(host) ? !permits(host, { allowPrivate, plain }) : !allowPrivate && isLocalName(host)) return PRIVATE_ADDRESS;
  return allowPrivate || PUBLIC_PORTS.has(port) ? parsed : ODD_PORT;
}

/** The sentence that says why this URL may not be called, or nothing. */
export function checkUrl(url: string, options: GuardOptions): string | undefined {
  const found = callableUrl(url, options);
  return typeof found === 'string' ? found : undefined;
}

function permits(address: string, { allowPrivate, plain }: GuardOptions & { readonly plain: boolean }): boolean {
  if (allowPrivate && isPrivateAddress(address)) return true;
  return !plain && isPublicAddress(address);
}

export class ForbiddenAddress extends Error {
  override readonly name = 'ForbiddenAddress';
  readonly code = 'FORBIDDEN';
}

export type Resolve = (
  host: string,
  options: { readonly all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Resolves and checks in one step, so that the address checked is the address connected to: a name that was public when
 * it was saved may be private now. One bad address among several refuses the name.
 */
export function guardedLookup(
  { allowPrivate, plain }: GuardOptions & { readonly plain: boolean },
  resolve: Resolve = systemLookup,
): LookupFunction {
  return (host, options, done) => {
    resolve(host, { all: true }, (error, addresses) => {
      if (error) return done(error, '', 0);
      const first = addresses[0];
      const permitted = addresses.every(({ address }) => permits(address, { allowPrivate, plain }));
      if (!first || !permitted) return done(new ForbiddenAddress('forbidden'), '', 0);
      if (options.all) return done(null, addresses);
      done(null, first.address, first.family);
    });
  };
}
