import { networkInterfaces } from 'node:os';

/**
 * No interface but loopback has an address, as on a laptop that wakes up away from any network: a name that is not found
 * then says nothing about the name. False where the system cannot list them.
 */
export function isOffline(interfaces: typeof networkInterfaces = networkInterfaces): boolean {
  try {
    return !Object.values(interfaces()).some((addresses) => addresses?.some(({ internal }) => !internal));
  } catch {
    return false;
  }
}
