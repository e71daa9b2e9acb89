import { expect, it } from 'vitest';
import { tunnelOnlyLine } from './authorized-keys-text.ts';
import type { InstallFacts } from './facts.ts';
import { hostLineOf } from './host-line.ts';

const key = `ssh-ed25519 ${'A'.repeat(67)}= chela@here`;
const other = key.replace('AAA', 'BBB');
const destination = { host: 'studio', port: 22, user: 'ann' };

type Known = { line: string; wasThere?: boolean; host?: string };

/** For a Gateway on port 18790, with what Chela knows of the host. */
function lineFor(keyUse: 'tunnel' | 'any' | null, known: Known | null = null) {
  const hostKey = known && { line: known.line, wasThere: known.wasThere === true };
  const record = known && {
    hostKey,
    facts: { destination: { ...destination, host: known.host ?? 'studio' } },
  };
  const choices = { keyUse, createKey: false };
  return hostLineOf({ choices, gatewayPort: 18790, destination, record } as unknown as InstallFacts, key);
}

it('R31 the line on the host is by the use of the key, and takes the place of one of ours for the same key', () => {
  const narrow = tunnelOnlyLine(key, 18790);
  const old = tunnelOnlyLine(key, 18789);
  expect(lineFor('tunnel')).toEqual({ line: narrow, isThere: false, instead: null });
  expect(lineFor('any')).toEqual({ line: key, isThere: false, instead: null });
  expect(lineFor(null)).toEqual({ line: key, isThere: false, instead: null });
  expect(lineFor('tunnel', { line: narrow })).toEqual({ line: narrow, isThere: true, instead: null });
  // Another port of the Gateway, or another use.
  expect(lineFor('tunnel', { line: old })).toEqual({ line: narrow, isThere: false, instead: old });
  expect(lineFor('any', { line: narrow })).toEqual({ line: key, isThere: false, instead: narrow });
  // Not ours, for another key, or on another host.
  for (const known of [
    { line: key, wasThere: true },
    { line: tunnelOnlyLine(other, 18789) },
    { line: narrow, host: 'den' },
  ]) {
    expect(lineFor('tunnel', known)).toEqual({ line: narrow, isThere: false, instead: null });
  }
});
