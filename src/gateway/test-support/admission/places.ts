import { networkInterfaces } from 'node:os';
import { isLoopbackAddress, isTailnetAddress, parseAddress } from '../../auth/addresses.ts';

/**
 * Over which of its addresses a program of this computer reaches the Gateway. By `address`, which is no loopback one, it
 * is a stranger like any other computer.
 */
export type Via = 'loopback' | 'loopback6' | 'address';

/** Stands for {@link placeAddress} in the options of a world. */
export const ADDRESS = 'ADDRESS';

const isUsable = (address: string) => parseAddress(address)?.kind() === 'ipv4' && !isLoopbackAddress(address);

/** An IPv4 address of this computer that is no loopback one: of its tailnet, or of another network. */
export function placeAddress(isTailnet: boolean): string | undefined {
  return Object.values(networkInterfaces())
    .flatMap((entries) => (entries ?? []).map(({ address }) => address))
    .find((address) => isUsable(address) && isTailnetAddress(address) === isTailnet);
}

export function urlVia(via: Via, { port, address }: { port: number; address: string | undefined }): string {
  const host = { loopback: '127.0.0.1', loopback6: '[::1]', address: address ?? 'no-address.invalid' }[via];
  return `ws://${host}:${port}`;
}
