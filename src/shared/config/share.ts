import type { ConfigEdit } from './edit-json5.ts';
import { valueAt } from './json5-value.ts';
import type { Mode } from './settings.ts';

/** What other OpenClaw tools need to go the way that Chela goes. */
export type SharedConnection = {
  readonly mode: Mode;
  /** `user@host[:port]`; empty where none is chosen. */
  readonly sshTarget: string;
  /** `direct`: no SSH, the Gateway's own URL. */
  readonly transport: 'ssh' | 'direct';
  /** Of the Gateway, with `direct`; empty where none is chosen. */
  readonly url: string;
  readonly localPort: number;
  readonly gatewayPort: number;
};

/**
 * The edits of `openclaw.json` that share a connection (R10, R12): the host goes to `gateway.remote.sshTarget`,
 * `gateway.remote.url` is the local end of the tunnel. `authored` is what the file says now. Pure.
 */
export function shareEdits(connection: SharedConnection, authored: unknown): ConfigEdit[] {
  const { mode, sshTarget, transport, url, localPort, gatewayPort } = connection;
  const set = (path: readonly string[], value: unknown): ConfigEdit => ({ tag: 'set', path, value });
  const remote = (key: string) => ['gateway', 'remote', key];
  const edits = [set(['gateway', 'mode'], mode)];
  if (mode === 'local') return edits;
  if (transport === 'direct') {
    if (url === '') return edits;
    return [...edits, set(remote('url'), url), set(remote('transport'), 'direct')];
  }
  if (sshTarget === '') return edits;
  edits.push(set(remote('sshTarget'), sshTarget), set(remote('url'), `ws://127.0.0.1:${localPort}`));
  // Absent, both have the meaning that is wanted: over SSH, and the port of `url`.
  if (valueAt(authored, remote('transport')) !== undefined) edits.push(set(remote('transport'), 'ssh'));
  if (gatewayPort !== localPort || valueAt(authored, remote('remotePort')) !== undefined) {
    edits.push(set(remote('remotePort'), gatewayPort));
  }
  return edits;
}
