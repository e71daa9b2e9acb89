/** The lines of an `authorized_keys`, as texts (R31). One character is one byte (latin1), so no encoding is ever guessed. Pure. */

/** On the host, from where its account begins. */
export const authorizedKeysFile = '.ssh/authorized_keys';

/**
 * The line of a key that serves one tunnel: it opens that port on the host's loopback, and no command, terminal, agent or other port.
 * For sshd from OpenSSH 7.2 on; others take such a line for none. Source: sshd(8), "AUTHORIZED_KEYS FILE FORMAT".
 */
export function tunnelOnlyLine(publicLine: string, gatewayPort: number): string {
  return `restrict,port-forwarding,permitopen="127.0.0.1:${gatewayPort}",command="false" ${publicLine}`;
}

/** What such a line is made of, and nothing that a shell or an `authorized_keys` could take for something else. */
const known =
  /^(?:restrict,port-forwarding,permitopen="127\.0\.0\.1:\d{1,5}",command="false" )?ssh-ed25519 ([A-Za-z0-9+/]+={0,2}) [\w@.+-]+$/;

/** The base64 of one of our lines. Throws for any other line. */
export function keyOfLine(line: string): string {
  const base64 = known.exec(line)?.[1];
  if (base64 === undefined) throw new Error('not a public key line');
  return base64;
}

/** With the line at its end, and in the place of `instead`. Null where the key is there on a line that is not that one. */
export function withKeyLine(text: string, line: string, instead: string | null): string | null {
  const base64 = keyOfLine(line);
  const others = linesOf(text).filter((one) => one !== instead);
  if (others.some((one) => !one.trimStart().startsWith('#') && one.includes(base64))) return null;
  return [...others, line, ''].join('\n');
}

/** Without exactly that line. Null where it is not there. */
export function withoutKeyLine(text: string, line: string): string | null {
  const lines = linesOf(text);
  const others = lines.filter((one) => one !== line);
  if (others.length === lines.length) return null;
  return others.map((one) => `${one}\n`).join('');
}

function linesOf(text: string): string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}
