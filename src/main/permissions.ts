import type { Session } from 'electron';
import { isOnOrigin } from './origin.ts';

type Permission = Parameters<NonNullable<Parameters<Session['setPermissionCheckHandler']>[0]>>[1];

/** All that our page uses. The network ones are what Chromium asks for before a page reaches 127.0.0.1. */
const allowed: ReadonlySet<Permission> = new Set<Permission>([
  'clipboard-sanitized-write',
  'notifications',
  'local-network-access',
  'local-network',
  'loopback-network',
]);

/**
 * Denies everything but {@link allowed} to the top frame of our page, and every device. What the page itself has made
 * (an export, a file of an answer) may be saved, where a person says; nothing is downloaded from anywhere.
 */
export function restrictPermissions(session: Session, origin: string): void {
  session.setPermissionRequestHandler((_contents, permission, decide, details) => {
    decide(allowed.has(permission) && details.isMainFrame && isOnOrigin(details.requestingUrl, origin));
  });
  session.setPermissionCheckHandler((_contents, permission, requestingOrigin, details) => {
    return allowed.has(permission) && details.isMainFrame && isOnOrigin(requestingOrigin, origin);
  });
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event, item) => {
    if (!item.getURL().startsWith(`blob:${origin}/`)) event.preventDefault();
  });
}
