/**
 * Who may speak to a page server on loopback. Any web page can make a browser send requests to 127.0.0.1, and
 * a name that the attacker controls can be made to point there (DNS rebinding). The two headers below are the
 * ones a page cannot choose: Host says which name the browser believed in, Origin which page asked.
 */
export type Ours = { readonly host: string; readonly origin: string };

export function oursAt(port: number): Ours {
  const { host, origin } = new URL(`http://127.0.0.1:${port}`);
  return { host, origin };
}

/** `alias`: the same server by the name people type; it is sent to the address, so that one origin serves the page. */
export type HostKind = 'ours' | 'alias' | 'foreign';

export function classifyHost(host: string | undefined, ours: Ours): HostKind {
  if (host === ours.host) return 'ours';
  return host === ours.host.replace('127.0.0.1', 'localhost') ? 'alias' : 'foreign';
}

/** Browsers put Origin on every POST and every upgrade, so a missing one is refused as well. */
export function isOurOrigin(origin: string | undefined, ours: Ours): boolean {
  return origin === ours.origin;
}
