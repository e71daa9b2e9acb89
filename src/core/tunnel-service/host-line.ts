import { keyOfLine, tunnelOnlyLine } from './authorized-keys-text.ts';
import type { InstallFacts } from './facts.ts';

/** The key's line on the host: what it is to be, and what is known of it (R31). Pure. */
export type HostLine = {
  readonly line: string;
  /** It is there, as far as Chela knows. */
  readonly isThere: boolean;
  /** One of ours for the same key, which it takes the place of: the port or its use has changed. */
  readonly instead: string | null;
};

export function hostLineOf(
  { choices, gatewayPort, record, destination }: InstallFacts,
  publicLine: string,
): HostLine {
  const line = choices.keyUse === 'tunnel' ? tunnelOnlyLine(publicLine, gatewayPort) : publicLine;
  const known = record !== null && isSame(record.facts.destination, destination) ? record.hostKey : null;
  if (known === null || known.line === line) return { line, isThere: known !== null, instead: null };
  // The key itself may still have to be made: then it is another one.
  const isOurs = !known.wasThere && !choices.createKey && keyOfLine(known.line) === keyOfLine(line);
  return { line, isThere: false, instead: isOurs ? known.line : null };
}

function isSame(a: InstallFacts['destination'], b: InstallFacts['destination']): boolean {
  return a.host === b.host && a.port === b.port && a.user === b.user;
}
