import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noSettings, readCallConfig, readCallSettings } from './call-keys.ts';
import { openclawConfigSchema } from './openclaw.ts';
import { settingsSchema } from './settings.ts';

/** A key's good and bad values: what the lists allow, and what people and other programs write. */
const odd = fc.oneof(
  fc.constantFrom(
    'local',
    'remote',
    'ssh',
    'direct',
    'strict',
    'openssh',
    'auto',
    'builtin',
    'keychain',
    'file',
  ),
  fc.constantFrom('', 'dark', 'zh-Hant', 'wss://gw.example', 'x'.repeat(257), 'y'.repeat(4097), '18789'),
  fc.constantFrom(0, 1, 18_789, 65_535, 65_536, 1.5, -1, true, false, null),
  fc.constantFrom<unknown>([], {}, ['a']),
);
const some = (...keys: string[]) =>
  fc.record(Object.fromEntries(keys.map((key) => [key, odd])), { requiredKeys: [] });
const orOdd = <T>(usual: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: odd });

const remote = orOdd(
  some(
    ...[
      'transport',
      'url',
      'tlsFingerprint',
      'sshTarget',
      'gatewayPort',
      'localPort',
      'identityFile',
      'token',
    ],
    ...['tokenIn', 'engine', 'hostKeyPolicy', 'sideForwards', 'unknown'],
  ),
);
const settings = orOdd(
  fc.record(
    {
      version: fc.constantFrom<unknown>(1, 1, 1, 2, '1'),
      mode: fc.constantFrom<unknown>('local', 'remote', 'elsewhere'),
      remote,
      local: orOdd(some('port')),
      appearance: orOdd(some('theme', 'language')),
      other: odd,
    },
    { requiredKeys: [] },
  ),
);
const theirRemote = orOdd(
  some(
    ...['url', 'transport', 'tlsFingerprint', 'sshTarget', 'sshIdentity', 'remotePort', 'sshHostKeyPolicy'],
    ...['token', 'password', 'unknown'],
  ),
);
const openclaw = orOdd(
  fc.record(
    {
      gateway: orOdd(
        fc.record({ mode: odd, port: odd, remote: theirRemote, bind: odd }, { requiredKeys: [] }),
      ),
      agents: odd,
    },
    { requiredKeys: [] },
  ),
);

describe('R11, R12: what a call reads without the schemas', () => {
  it('is what the schema reads, for the settings', () => {
    fc.assert(
      fc.property(settings, (stored) => {
        const parsed = settingsSchema.safeParse(stored);
        expect(readCallSettings(stored)).toEqual(parsed.success ? parsed.data : null);
      }),
      { numRuns: 1000 },
    );
    expect(noSettings).toEqual(settingsSchema.parse({}));
  });

  it('is what the schema reads, for openclaw.json', () => {
    const own = {
      mode: undefined,
      port: undefined,
    };
    fc.assert(
      fc.property(openclaw, (config) => {
        const parsed = openclawConfigSchema.safeParse(config);
        const theirs = parsed.success ? parsed.data : null;
        const { mode, port, remote: theirRemote } = theirs?.gateway ?? {};
        const { unknown: _unknown, ...known } = theirRemote ?? {};
        const read = readCallConfig(config);
        expect(read === null).toBe(theirs === null);
        expect({ ...own, ...read?.gateway }).toEqual({
          mode,
          port,
          ...(theirRemote && { remote: known }),
        });
      }),
      { numRuns: 1000 },
    );
  });
});
