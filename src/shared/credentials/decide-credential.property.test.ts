import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appError } from '../errors.ts';
import { absent, callPaths, type SecretInput } from './candidates.ts';
import { type CredentialInput, decideCredential } from './decide-credential.ts';
import { serverAuth } from './server-auth.ts';

const error = appError('SECRET_ENV_MISSING', 'not set', { details: { key: 'k' } });
const origin = { tag: 'config', file: '/c', path: 'k' } as const;

/** Every value is unlike every other and never part of a name, so that a leak is found by searching. */
const value = fc.uuid().map((id) => `canary-${id}`);
const set: fc.Arbitrary<SecretInput> = value.map((text) => ({ state: 'set', value: text, origin }));
const missing = fc.constant<SecretInput>(absent);
const secret = fc.oneof(missing, set, fc.constant<SecretInput>({ state: 'unresolved', error, origin }));
const pair = fc.record({ token: secret, password: secret });

const inputs: fc.Arbitrary<CredentialInput> = fc.record({
  path: fc.constantFrom(...callPaths),
  mode: fc.constantFrom('local' as const, 'remote' as const),
  urlSource: fc.constantFrom('flag' as const, 'env' as const, 'config' as const, 'settings' as const),
  explicit: fc.record({ token: fc.oneof(missing, set), password: fc.oneof(missing, set) }),
  stored: secret,
  env: fc.record({ OPENCLAW_GATEWAY_TOKEN: value, OPENCLAW_GATEWAY_PASSWORD: value }, { requiredKeys: [] }),
  config: fc.record({
    authMode: fc.constantFrom(
      null,
      'none' as const,
      'token' as const,
      'password' as const,
      'trusted-proxy' as const,
    ),
    auth: pair,
    remote: pair,
  }),
});
const always = { numRuns: 3000 };

describe('the credential contract, for every input', () => {
  it('R14 --url never carries an implicit secret', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const decision = decideCredential({ ...input, urlSource: 'flag' });
        const explicit = Object.values(input.explicit).flatMap((one) =>
          one?.state === 'set' ? one.value : [],
        );
        if (decision.tag === 'use') expect(explicit).toContain(decision.value);
        else expect([decision.tag, explicit]).toEqual(['none', []]);
      }),
      always,
    );
  });

  it('R15 an environment URL carries what is explicit or of the environment', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const decision = decideCredential({ ...input, urlSource: 'env' });
        if (decision.tag === 'use') expect(decision.name).toMatch(/^(explicit\.|OPENCLAW_GATEWAY_)/);
        else expect(decision.tag).toBe('none');
      }),
      always,
    );
  });

  it('R17 a URL of Chela’s own for another host carries what is explicit or was entered in Chela', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const decision = decideCredential({ ...input, mode: 'remote', urlSource: 'settings' });
        if (decision.tag === 'use') expect(decision.name).toMatch(/^(explicit\.|chela\.)/);
        if (decision.tag === 'refused') expect(decision.by).toBe('chela.remote.token');
      }),
      always,
    );
  });

  it('R21 what is configured and not resolved never falls back: resolving it changes what is used', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const decision = decideCredential(input);
        if (decision.tag !== 'refused') {
          // Whoever won stands before every unresolved one: it wins as well when they are absent.
          const used = decision.tag === 'use' ? decision.name : null;
          const resolved = decideCredential(resolveAll(input));
          expect(resolved.tag === 'use' ? resolved.name : null).toBe(used);
          return;
        }
        const resolved = decideCredential(resolveAll(input));
        expect(resolved).toMatchObject({ tag: 'use', name: decision.by });
        expect(decision.trail.filter(({ verdict }) => verdict === 'used')).toEqual([]);
      }),
      always,
    );
  });

  it('R22 no value of gateway.remote.* reaches a Gateway’s own settings', () => {
    fc.assert(
      fc.property(inputs, ({ env, config }) => {
        const { trail: _trail, ...auth } = serverAuth(env, config);
        for (const one of Object.values(config.remote)) {
          if (one.state === 'set') expect(JSON.stringify(auth)).not.toContain(one.value);
        }
      }),
      always,
    );
  });

  it('names every candidate once, one winner at most, and shows no value', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const decision = decideCredential(input);
        const names = decision.trail.map(({ name }) => name);
        expect([names.length, new Set(names).size]).toEqual([9, 9]);
        const verdicts = decision.trail.map(({ verdict }) => verdict);
        expect(verdicts.filter((verdict) => verdict === 'used')).toHaveLength(decision.tag === 'use' ? 1 : 0);
        expect(verdicts.filter((verdict) => verdict === 'refused')).toHaveLength(
          decision.tag === 'refused' ? 1 : 0,
        );
        expect(JSON.stringify(decision.trail)).not.toContain('canary-');
        expect(JSON.stringify(serverAuth(input.env, input.config).trail)).not.toContain('canary-');
      }),
      always,
    );
  });
});

/** The same inputs, where every reference could be resolved after all. */
function resolveAll(input: CredentialInput): CredentialInput {
  const resolve = (one: SecretInput): SecretInput =>
    one.state === 'unresolved' ? { state: 'set', value: 'resolved', origin: one.origin } : one;
  const both = ({ token, password }: CredentialInput['config']['auth']) => ({
    token: resolve(token),
    password: resolve(password),
  });
  const { authMode, auth, remote } = input.config;
  return {
    ...input,
    stored: resolve(input.stored),
    config: { authMode, auth: both(auth), remote: both(remote) },
  };
}
