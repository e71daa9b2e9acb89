import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.process>;

/** IPv4 where it is IPv4 in the guise of IPv6; null for what is no address. A zone (`%eth0`) and a port fall off. */
export function parseAddress(text: string): Address | null {
  const bare = text
    .trim()
    .replace(/^\[([^\]]+)\](?::\d+)?$/, '$1')
    .replace(/%.*$/, '');
  const withoutPort = /^\d+\.\d+\.\d+\.\d+:\d+$/.test(bare) ? bare.replace(/:\d+$/, '') : bare;
  if (ipaddr.IPv4.isValidFourPartDecimal(withoutPort)) return ipaddr.IPv4.parse(withoutPort);
  return ipaddr.IPv6.isValid(withoutPort) ? ipaddr.process(withoutPort) : null;
}

export function isLoopbackAddress(text: string): boolean {
  return parseAddress(text)?.range() === 'loopback';
}

/** One text per address, so that two spellings of it are one key. */
export function canonicalAddress(text: string): string {
  return parseAddress(text)?.toString() ?? text;
}

/**
 * A test for membership in addresses and CIDR ranges. IPv4 ranges may be written in IPv4-mapped form
 * (`::ffff:10.0.0.0/104`); IPv6 peers never match those. Entries that are neither are ignored: they trust nobody.
 */
export function createAddressList(entries: readonly string[]): (address: string) => boolean {
  const ranges = entries.flatMap((entry) => {
    const range = parseRange(entry.trim());
    return range === null ? [] : [range];
  });
  return (text) => {
    const address = parseAddress(text);
    if (address === null) return false;
    return ranges.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));
  };
}

function parseRange(entry: string): [Address, number] | null {
  const [base = '', length, ...rest] = entry.split('/');
  if (rest.length > 0) return null;
  const raw = ipaddr.isValid(base) ? ipaddr.parse(base) : null;
  const address = parseAddress(base);
  if (raw === null || address === null) return null;
  const width = address.kind() === 'ipv4' ? 32 : 128;
  if (length === undefined) return [address, width];
  if (!/^\d{1,3}$/.test(length)) return null;
  const mappedBits = raw.kind() === 'ipv6' && address.kind() === 'ipv4' ? 96 : 0;
  const bits = Number(length) - mappedBits;
  return bits >= 0 && bits <= width ? [address, bits] : null;
}

/** Addresses of Tailscale: its part of the shared address space and its own ULA prefix. */
export const isTailnetAddress = createAddressList(['100.64.0.0/10', 'fd7a:115c:a1e0::/48']);
