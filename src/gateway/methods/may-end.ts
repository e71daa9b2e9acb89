import { scopeGranted } from '../auth/scopes.ts';
import type { Client } from '../server/client.ts';

/** A run is ended by the device that sent it, and by administrators (observed). Without a device it is anybody's. */
export function mayEnd({ admission }: Client, run: { deviceId: string | null } | undefined): boolean {
  const owner = run?.deviceId ?? null;
  if (owner === null || scopeGranted(admission.scopes, 'operator.admin')) return true;
  return admission.device?.deviceId === owner;
}
