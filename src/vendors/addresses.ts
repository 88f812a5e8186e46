import { BlockList, isIP, isIPv6 } from 'node:net';

/** What kind of place an IP address is. `public` is anywhere on the internet. */
export type AddressKind = 'public' | 'private' | 'never';

/** Networks that people run themselves: this machine, private networks, carriers' shared space. */
const own = listOf([
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['::1', 128],
  ['fc00::', 7],
]);

/** Where no server of anybody's can be: link-local (cloud metadata), multicast, unspecified, documentation, tunnels. */
const never = listOf([
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['100::', 64],
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
]);

function listOf(subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, isIPv6(net) ? 'ipv6' : 'ipv4');
  return list;
}

/** `address` as sockets and look-ups write it, also `fe80::1%eth0` and IPv4 within IPv6. Anything else is `never`. */
export function addressKind(address: string): AddressKind {
  const bare = address.replace(/%.*$/, '');
  const version = isIP(bare);
  if (version === 0) return 'never';
  const inner = version === 6 ? embeddedIPv4(bare) : null;
  if (inner !== null) return addressKind(inner);
  const family = version === 6 ? 'ipv6' : 'ipv4';
  if (never.check(bare, family)) return 'never';
  return own.check(bare, family) ? 'private' : 'public';
}

/** The IPv4 address that mapped (::ffff:0:0/96), translated (64:ff9b::/96) and compatible (::/96) addresses lead to. */
function embeddedIPv4(address: string): string | null {
  const groups = groupsOf(address);
  const head = groups
    .slice(0, 6)
    .map((group) => group.toString(16))
    .join(':');
  const [high = 0, low = 0] = groups.slice(6);
  const isCompatible = head === '0:0:0:0:0:0' && high > 0;
  if (head !== '0:0:0:0:0:ffff' && head !== '64:ff9b:0:0:0:0' && !isCompatible) return null;
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of an IPv6 address; URL writes every spelling in one way, with at most one `::`. */
function groupsOf(address: string): number[] {
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [before = '', after] = text.split('::');
  const parts = (side: string) => (side === '' ? [] : side.split(':').map((group) => Number.parseInt(group, 16)));
  const [first, last] = [parts(before), parts(after ?? '')];
  return [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
}
