import { describe, expect, it } from 'vitest';
import { appError } from '../errors.ts';
import {
  absent,
  type CallPath,
  type CandidateName,
  type SecretInput,
  type SecretKind,
  setSecret,
  type Why,
} from './candidates.ts';
import { type CredentialInput, decideCredential } from './decide-credential.ts';
import { serverAuth } from './server-auth.ts';

const broken = appError('SECRET_ENV_MISSING', 'not set', { details: { key: 'k' } });

/** The value of each input is its own name, so that an outcome says where it came from. `!` marks an unresolved one. */
type Inputs = {
  path?: CallPath;
  mode?: 'local' | 'remote';
  url?: 'flag' | 'env' | 'config' | 'settings';
  authMode?: 'none' | 'token' | 'password' | 'trusted-proxy';
  env?: Record<string, string>;
  set: readonly string[];
};

const variables = ['OPENCLAW_GATEWAY_TOKEN', 'OPENCLAW_GATEWAY_PASSWORD'];

function inputOf({
  path = 'call',
  mode = 'local',
  url = 'config',
  authMode,
  env,
  set,
}: Inputs): CredentialInput {
  const secret = (name: string): SecretInput => {
    const origin = { tag: 'config', file: '/c', path: name } as const;
    if (set.includes(`!${name}`)) return { state: 'unresolved', error: broken, origin };
    return set.includes(name) ? setSecret(name, origin) : absent;
  };
  const pair = (prefix: string): Record<SecretKind, SecretInput> => ({
    token: secret(`${prefix}.token`),
    password: secret(`${prefix}.password`),
  });
  return {
    path,
    mode,
    urlSource: url,
    explicit: pair('explicit'),
    stored: secret('chela.remote.token'),
    env: {
      ...Object.fromEntries(set.filter((name) => variables.includes(name)).map((name) => [name, name])),
      ...env,
    },
    config: {
      authMode: authMode ?? null,
      auth: pair('gateway.auth'),
      remote: pair('gateway.remote'),
    },
  };
}

/** The winner's name, `none`, or `!name` of the one that refuses. */
function outcome(inputs: Inputs): string {
  const decision = decideCredential(inputOf(inputs));
  switch (decision.tag) {
    case 'use':
      expect([decision.value, decision.name.endsWith(decision.kind)]).toEqual([
        decision.name,
        decision.name === decision.name.toLowerCase(),
      ]);
      return decision.name;
    case 'none':
      return 'none';
    case 'refused':
      expect(decision.error).toBe(broken);
      return `!${decision.by}`;
  }
}

/** What the Gateway of this computer would ask for. */
function server(inputs: Inputs): string {
  const { env, config } = inputOf(inputs);
  const auth = serverAuth(env, config);
  if (auth.tag === 'secret') return auth.name;
  return auth.tag === 'refused' ? `!${auth.error.code}` : auth.tag;
}

function whyOf(inputs: Inputs, name: CandidateName): Why | undefined {
  return decideCredential(inputOf(inputs)).trail.find((entry) => entry.name === name)?.why;
}

const E_TOKEN = 'OPENCLAW_GATEWAY_TOKEN';
const E_PASSWORD = 'OPENCLAW_GATEWAY_PASSWORD';
const everything = [
  'explicit.token',
  'explicit.password',
  'chela.remote.token',
  E_TOKEN,
  E_PASSWORD,
  'gateway.auth.token',
  'gateway.auth.password',
  'gateway.remote.token',
  'gateway.remote.password',
];
const implicit = everything.slice(2);

describe('the credential contract, rule by rule', () => {
  it.each<[string, Inputs, string]>([
    ['R13 an explicit token wins', { set: everything }, 'explicit.token'],
    ['R13 an explicit password goes alone', { set: ['explicit.password', ...implicit] }, 'explicit.password'],
    ['R13 an explicit one wins in remote mode', { mode: 'remote', set: everything }, 'explicit.token'],
    ['R14 --url takes nothing along', { url: 'flag', mode: 'remote', set: implicit }, 'none'],
    ['R15 an environment URL takes the token of the environment', { url: 'env', set: implicit }, E_TOKEN],
    ['R15 … or its password', { url: 'env', set: implicit.filter((n) => n !== E_TOKEN) }, E_PASSWORD],
    ['R15 … or nothing', { url: 'env', set: implicit.filter((n) => !variables.includes(n)) }, 'none'],
    ['R16 token: environment', { set: implicit }, E_TOKEN],
    ['R16 token: then auth', { set: ['gateway.auth.token', 'gateway.remote.token'] }, 'gateway.auth.token'],
    ['R16 token: then remote', { set: ['gateway.remote.token'] }, 'gateway.remote.token'],
    ['R16 password: environment', { set: [E_PASSWORD, 'gateway.auth.password'] }, E_PASSWORD],
    [
      'R16 password: then auth',
      { set: ['gateway.auth.password', 'gateway.remote.password'] },
      'gateway.auth.password',
    ],
    ['R16 password: then remote', { set: ['gateway.remote.password'] }, 'gateway.remote.password'],
    [
      'R16 the remote fallback is for a computer without local inputs',
      { set: ['gateway.auth.password', 'gateway.remote.token'] },
      'gateway.auth.password',
    ],
    [
      'R16 what was entered for the remote Gateway is not for this one',
      { set: ['chela.remote.token'] },
      'none',
    ],
    ['R17 token: remote', { mode: 'remote', set: implicit.slice(1) }, 'gateway.remote.token'],
    ['R17 token: then environment', { mode: 'remote', set: [E_TOKEN, 'gateway.auth.token'] }, E_TOKEN],
    ['R17 token: then auth', { mode: 'remote', set: ['gateway.auth.token'] }, 'gateway.auth.token'],
    [
      'R17 password: environment',
      { mode: 'remote', set: [E_PASSWORD, 'gateway.remote.password'] },
      E_PASSWORD,
    ],
    [
      'R17 password: then remote',
      { mode: 'remote', set: ['gateway.remote.password', 'gateway.auth.password'] },
      'gateway.remote.password',
    ],
    ['R17 password: then auth', { mode: 'remote', set: ['gateway.auth.password'] }, 'gateway.auth.password'],
    ['R17 Chela’s own token stands first', { mode: 'remote', set: implicit }, 'chela.remote.token'],
    [
      'R17 a URL of Chela’s own takes its own token',
      { url: 'settings', mode: 'remote', set: implicit },
      'chela.remote.token',
    ],
    [
      'R17 … and nothing that was set for another',
      { url: 'settings', mode: 'remote', set: implicit.slice(1) },
      'none',
    ],
    [
      'R17 … not even a reference that cannot be resolved',
      { url: 'settings', mode: 'remote', set: ['!gateway.remote.token', '!gateway.auth.token'] },
      'none',
    ],
    ['R16 … in local mode it says nothing', { url: 'settings', set: implicit }, E_TOKEN],
    [
      'R17 this computer’s own secret comes after everything of the remote',
      { mode: 'remote', set: ['gateway.auth.token', 'gateway.remote.password'] },
      'gateway.remote.password',
    ],
    [
      'R18 the node host ignores the remote ones',
      { path: 'nodeHost', set: ['gateway.remote.token', 'gateway.remote.password'] },
      'none',
    ],
    ['R18 … and takes the local ones', { path: 'nodeHost', set: implicit }, E_TOKEN],
    [
      'R19 a probe has no local fallback',
      { path: 'probe', mode: 'remote', set: [E_TOKEN, 'gateway.auth.token'] },
      'none',
    ],
    ['R19 nor has status', { path: 'status', mode: 'remote', set: [E_TOKEN, 'gateway.auth.token'] }, 'none'],
    [
      'R19 it takes the remote token',
      { path: 'probe', mode: 'remote', set: implicit.slice(1) },
      'gateway.remote.token',
    ],
    ['R20 no other variable', { set: [], env: { CLAWDBOT_GATEWAY_TOKEN: 'x', GATEWAY_TOKEN: 'x' } }, 'none'],
    ['R20 blanks are no value', { set: [], env: { OPENCLAW_GATEWAY_TOKEN: ' \t' } }, 'none'],
    ['R21 fails closed', { set: ['!gateway.auth.token', 'gateway.remote.token'] }, '!gateway.auth.token'],
    [
      'R21 … for the password too',
      { set: ['!gateway.auth.password', 'gateway.remote.password'] },
      '!gateway.auth.password',
    ],
    [
      'R21 not even a password',
      { set: ['!gateway.auth.token', 'gateway.auth.password'] },
      '!gateway.auth.token',
    ],
    ['auth mode password prefers it', { authMode: 'password', set: implicit }, E_PASSWORD],
    ['auth mode none needs no secret', { authMode: 'none', set: implicit }, 'none'],
    ['trusted-proxy takes a password only', { authMode: 'trusted-proxy', set: implicit }, E_PASSWORD],
    [
      'auth mode is not about a remote Gateway',
      { authMode: 'none', mode: 'remote', set: implicit },
      'chela.remote.token',
    ],
  ])('%s', (_rule, inputs, expected) => {
    expect(outcome(inputs)).toBe(expected);
  });

  it('R22 gateway.remote.* never configures a Gateway', () => {
    expect(server({ set: ['gateway.remote.token', 'gateway.remote.password'] })).toBe('generate');
  });
});

const rules = ['R13', 'R14', 'R15', 'R16', 'R17', 'R18', 'R19', 'R20', 'R21', 'R22'] as const;
type Rule = (typeof rules)[number];
type Pair = readonly [Rule, Rule, string, inputs: Inputs, expected: string];

/** Two rules at once. Where two cannot hold together, the row shows which one does. */
const pairs: readonly Pair[] = [
  ['R13', 'R14', 'explicit goes to --url', { url: 'flag', set: everything }, 'explicit.token'],
  ['R13', 'R15', 'explicit goes to an environment URL', { url: 'env', set: everything }, 'explicit.token'],
  [
    'R13',
    'R16',
    'explicit before the local order',
    { set: ['explicit.password', E_TOKEN] },
    'explicit.password',
  ],
  [
    'R13',
    'R17',
    'explicit before the remote order',
    { mode: 'remote', set: ['explicit.password', 'gateway.remote.token'] },
    'explicit.password',
  ],
  [
    'R13',
    'R18',
    'a node host takes an explicit one',
    { path: 'nodeHost', set: everything },
    'explicit.token',
  ],
  [
    'R13',
    'R19',
    'a strict probe takes an explicit one',
    { path: 'probe', mode: 'remote', set: ['explicit.token', E_TOKEN] },
    'explicit.token',
  ],
  ['R13', 'R20', 'explicit before the environment', { set: ['explicit.token', E_TOKEN] }, 'explicit.token'],
  [
    'R13',
    'R21',
    'explicit does not need the reference',
    { set: ['explicit.token', '!gateway.auth.token'] },
    'explicit.token',
  ],
  [
    'R13',
    'R22',
    'explicit is for this call, not for a Gateway',
    { set: ['explicit.token', 'gateway.remote.token'] },
    'explicit.token',
  ],
  [
    'R14',
    'R15',
    '--url outranks the environment’s URL',
    { url: 'flag', set: [E_TOKEN], env: { OPENCLAW_GATEWAY_URL: 'ws://127.0.0.1:1' } },
    'none',
  ],
  ['R14', 'R16', '--url in local mode', { url: 'flag', set: implicit }, 'none'],
  ['R14', 'R17', '--url in remote mode', { url: 'flag', mode: 'remote', set: implicit }, 'none'],
  ['R14', 'R18', '--url for a node host', { url: 'flag', path: 'nodeHost', set: implicit }, 'none'],
  [
    'R14',
    'R19',
    '--url for a probe: not even the remote token',
    { url: 'flag', path: 'probe', mode: 'remote', set: implicit },
    'none',
  ],
  ['R14', 'R20', '--url takes no variable', { url: 'flag', set: [E_TOKEN, E_PASSWORD] }, 'none'],
  [
    'R14',
    'R21',
    '--url does not need the reference',
    { url: 'flag', set: ['!gateway.auth.token', '!gateway.remote.token'] },
    'none',
  ],
  ['R14', 'R22', '--url and the remote ones', { url: 'flag', set: ['gateway.remote.token'] }, 'none'],
  [
    'R15',
    'R16',
    'environment URL in local mode',
    { url: 'env', set: ['gateway.auth.token', E_PASSWORD] },
    E_PASSWORD,
  ],
  ['R15', 'R17', 'environment URL in remote mode', { url: 'env', mode: 'remote', set: implicit }, E_TOKEN],
  ['R15', 'R18', 'environment URL for a node host', { url: 'env', path: 'nodeHost', set: implicit }, E_TOKEN],
  [
    'R15',
    'R19',
    'environment URL for a probe: the environment, not the remote token',
    { url: 'env', path: 'probe', mode: 'remote', set: implicit },
    E_TOKEN,
  ],
  [
    'R15',
    'R20',
    'environment URL and a variable of another name',
    { url: 'env', set: [], env: { OPENCLAW_TOKEN: 'x' } },
    'none',
  ],
  [
    'R15',
    'R21',
    'environment URL does not need the reference',
    { url: 'env', set: ['!gateway.auth.token', E_TOKEN] },
    E_TOKEN,
  ],
  [
    'R15',
    'R22',
    'environment URL and the remote ones',
    { url: 'env', set: ['gateway.remote.token'] },
    'none',
  ],
  [
    'R16',
    'R17',
    'one mode at a time: local order',
    { mode: 'local', set: ['gateway.auth.token', 'gateway.remote.token'] },
    'gateway.auth.token',
  ],
  [
    'R16',
    'R18',
    'the local order without its last step',
    { path: 'nodeHost', set: ['gateway.auth.password', 'gateway.remote.token'] },
    'gateway.auth.password',
  ],
  [
    'R16',
    'R19',
    'a local probe is not strict',
    { path: 'probe', mode: 'local', set: ['gateway.auth.token'] },
    'gateway.auth.token',
  ],
  ['R16', 'R20', 'the environment comes first', { set: [E_TOKEN, 'gateway.auth.token'] }, E_TOKEN],
  [
    'R16',
    'R21',
    'no remote fallback hides it',
    { set: ['!gateway.auth.token', 'gateway.remote.token'] },
    '!gateway.auth.token',
  ],
  [
    'R16',
    'R22',
    'the remote fallback is the client’s alone',
    { set: ['gateway.remote.token'] },
    'gateway.remote.token',
  ],
  [
    'R17',
    'R18',
    'the exception is for local mode only',
    { path: 'nodeHost', mode: 'remote', set: ['gateway.remote.token', E_TOKEN] },
    'gateway.remote.token',
  ],
  [
    'R17',
    'R19',
    'strict about tokens; passwords keep their order',
    { path: 'status', mode: 'remote', set: [E_TOKEN, E_PASSWORD, 'gateway.remote.password'] },
    E_PASSWORD,
  ],
  [
    'R17',
    'R20',
    'the environment after the remote token',
    { mode: 'remote', set: [E_TOKEN, 'gateway.remote.token'] },
    'gateway.remote.token',
  ],
  [
    'R17',
    'R21',
    'no environment hides an unresolved remote token',
    { mode: 'remote', set: ['!gateway.remote.token', E_TOKEN, 'gateway.auth.token'] },
    '!gateway.remote.token',
  ],
  [
    'R17',
    'R22',
    'the remote token greets the remote Gateway',
    { mode: 'remote', set: ['gateway.remote.token'] },
    'gateway.remote.token',
  ],
  [
    'R18',
    'R19',
    'a node host is no probe: not strict in remote mode',
    { path: 'nodeHost', mode: 'remote', set: [E_TOKEN] },
    E_TOKEN,
  ],
  [
    'R18',
    'R20',
    'a node host takes the environment',
    { path: 'nodeHost', set: [E_TOKEN, 'gateway.remote.token'] },
    E_TOKEN,
  ],
  [
    'R18',
    'R21',
    'a node host fails closed too',
    { path: 'nodeHost', set: ['!gateway.auth.token', 'gateway.remote.token'] },
    '!gateway.auth.token',
  ],
  [
    'R18',
    'R22',
    'a node host and the remote ones',
    { path: 'nodeHost', set: ['!gateway.remote.token'] },
    'none',
  ],
  [
    'R19',
    'R20',
    'a probe takes no token of the environment',
    { path: 'probe', mode: 'remote', set: [E_TOKEN] },
    'none',
  ],
  [
    'R19',
    'R21',
    'a probe fails closed',
    { path: 'probe', mode: 'remote', set: ['!gateway.remote.token', E_TOKEN, E_PASSWORD] },
    '!gateway.remote.token',
  ],
  [
    'R19',
    'R22',
    'a probe takes the remote token',
    { path: 'probe', mode: 'remote', set: ['gateway.remote.token'] },
    'gateway.remote.token',
  ],
  [
    'R20',
    'R21',
    'the environment comes before the reference in local mode',
    { set: [E_TOKEN, '!gateway.auth.token'] },
    E_TOKEN,
  ],
  [
    'R20',
    'R22',
    'the environment before the remote fallback',
    { set: [E_TOKEN, 'gateway.remote.token'] },
    E_TOKEN,
  ],
  [
    'R21',
    'R22',
    'an unresolved remote token fails closed for the client',
    { set: ['!gateway.remote.token', 'gateway.remote.password'] },
    '!gateway.remote.token',
  ],
];

describe('the credential contract, two rules at a time', () => {
  it('has a row for every pair', () => {
    const wanted = rules.flatMap((one, i) => rules.slice(i + 1).map((other) => `${one}+${other}`));
    expect(pairs.map(([one, other]) => `${one}+${other}`).sort()).toEqual(wanted.sort());
  });

  it.each(pairs)('%s + %s: %s', (_one, _other, _what, inputs, expected) => {
    expect(outcome(inputs)).toBe(expected);
  });

  it.each(pairs.filter(([, other]) => other === 'R22'))(
    '%s + %s: the Gateway itself takes none of gateway.remote.* (%s)',
    (_one, _other, _what, inputs) => {
      expect(server(inputs)).not.toContain('remote');
    },
  );
});

describe('why the others are not used', () => {
  it.each<[Inputs, CandidateName, Why]>([
    [{ set: everything }, 'explicit.token', 'explicit'],
    [{ set: everything }, 'explicit.password', 'otherKind'],
    [{ set: everything }, E_TOKEN, 'explicitWins'],
    [{ set: everything }, 'chela.remote.token', 'remoteOnly'],
    [{ url: 'flag', set: implicit }, 'gateway.remote.token', 'urlFlag'],
    [{ url: 'env', set: implicit }, 'gateway.auth.token', 'urlEnv'],
    [{ set: implicit }, E_TOKEN, 'firstSet'],
    [{ set: implicit }, 'gateway.auth.token', 'earlierWins'],
    [{ set: implicit }, E_PASSWORD, 'otherKind'],
    [{ set: implicit }, 'gateway.remote.token', 'localIsSet'],
    [{ mode: 'remote', set: implicit }, 'gateway.auth.token', 'remoteIsSet'],
    [{ mode: 'remote', set: implicit }, 'gateway.remote.token', 'earlierWins'],
    [{ path: 'nodeHost', set: implicit }, 'gateway.remote.token', 'nodeHostLocal'],
    [{ path: 'probe', mode: 'remote', set: [E_TOKEN] }, E_TOKEN, 'strictRemote'],
    [{ authMode: 'none', set: [E_TOKEN] }, E_TOKEN, 'authMode'],
    [{ set: ['!gateway.auth.token', 'gateway.remote.token'] }, 'gateway.auth.token', 'unresolved'],
    [{ set: ['!gateway.auth.token', 'gateway.remote.token'] }, 'gateway.remote.token', 'afterUnresolved'],
    [{ set: [] }, E_TOKEN, 'notSet'],
  ])('%j: %s is %s', (inputs, name, why) => {
    expect(whyOf(inputs, name)).toBe(why);
  });
});

describe('the Gateway of this computer (R22)', () => {
  it.each<[Inputs, string]>([
    [{ set: implicit.filter((name) => !name.startsWith('gateway.auth')) }, E_PASSWORD],
    [{ set: [E_TOKEN, 'gateway.auth.token'] }, E_TOKEN],
    [{ set: ['gateway.auth.token', 'gateway.remote.password'] }, 'gateway.auth.token'],
    [{ set: ['gateway.auth.password', 'gateway.remote.token'] }, 'gateway.auth.password'],
    [{ set: ['gateway.auth.password', 'gateway.auth.token'] }, '!SERVER_AUTH_AMBIGUOUS'],
    [{ authMode: 'token', set: ['gateway.auth.password', 'gateway.auth.token'] }, 'gateway.auth.token'],
    [{ authMode: 'password', set: ['gateway.auth.password', 'gateway.auth.token'] }, 'gateway.auth.password'],
    [{ authMode: 'password', set: ['gateway.auth.token'] }, 'generate'],
    [{ authMode: 'none', set: ['!gateway.auth.token'] }, 'none'],
    [{ authMode: 'trusted-proxy', set: ['gateway.auth.password'] }, 'trusted-proxy'],
    [{ set: ['!gateway.auth.token', 'gateway.remote.token'] }, '!SECRET_ENV_MISSING'],
    [{ set: [E_TOKEN, '!gateway.auth.token'] }, E_TOKEN],
  ])('%j → %s', (inputs, expected) => {
    expect(server(inputs)).toBe(expected);
  });
});
