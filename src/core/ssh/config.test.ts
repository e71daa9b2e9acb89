import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SshTarget } from '../../shared/connection/ssh-target.ts';
import { type Exec, type ResolvedTarget, type ResolveOptions, resolveSshTarget } from './config.ts';

const noSsh: Exec = async () => ({ kind: 'absent' });

describe('resolveSshTarget (R6, R10)', () => {
  let home = '';
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'chela-config-'));
    mkdirSync(join(home, '.ssh'), { mode: 0o700 });
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const configure = (text: string) => writeFileSync(join(home, '.ssh', 'config'), text, { mode: 0o600 });
  const resolve = (target: SshTarget, more: Partial<ResolveOptions> = {}): Promise<ResolvedTarget> =>
    resolveSshTarget({ target, homeDir: home, env: {}, ...more });

  describe.each([
    ['by ssh', undefined],
    ['without ssh', noSsh],
  ])('%s', (_name, exec) => {
    it('takes an alias for what it stands for', async () => {
      configure(
        [
          'Host box',
          '  HostName %h.example.com',
          '  User ada',
          '  Port 2200',
          '  IdentityFile ~/.ssh/box_%r',
          '  IdentityFile "/keys/a b/%n"',
          '  IdentitiesOnly yes',
          '  HostKeyAlias the-box',
          '  UserKnownHostsFile ~/.ssh/known_box /etc/other_known',
          '  ServerAliveInterval 7',
          '  ServerAliveCountMax 2',
          '  ConnectTimeout 9',
          '  CertificateFile ~/.ssh/box-cert.pub',
          '  PKCS11Provider /usr/lib/card.so',
        ].join('\n'),
      );
      expect(await resolve({ host: 'box' }, { exec })).toMatchObject({
        alias: 'box',
        host: 'box.example.com',
        user: 'ada',
        port: 2200,
        identityFiles: [join(home, '.ssh', 'box_ada'), '/keys/a b/box'],
        identitiesOnly: true,
        hostKeyAlias: 'the-box',
        serverAliveIntervalMs: 7000,
        serverAliveCountMax: 2,
        connectTimeoutMs: 9000,
        opensshOnly: {
          certificateFiles: [join(home, '.ssh', 'box-cert.pub')],
          pkcs11Provider: '/usr/lib/card.so',
        },
        source: exec ? 'file' : 'ssh',
      });
    });

    it('lets the target speak before the configuration', async () => {
      configure('Host box\n  User ada\n  Port 2200\n  IdentityFile ~/.ssh/box\n');
      const options = { exec, identityFile: '~/.ssh/mine' };
      expect(await resolve({ user: 'eve', host: 'box', port: 23 }, options)).toMatchObject({
        user: 'eve',
        port: 23,
        identityFiles: [join(home, '.ssh', 'mine')],
        identitiesOnly: true,
      });
    });

    it('has its defaults where nothing is configured', async () => {
      const me = { username: 'grace', homedir: '/nobody' };
      expect(await resolve({ host: 'Box.Example', user: 'grace' }, { exec, me })).toMatchObject({
        host: 'box.example',
        port: 22,
        user: 'grace',
        identityFiles: [],
        identitiesOnly: false,
        agent: { kind: 'usual' },
        proxyJump: [],
        proxyCommand: null,
        hostKeyAlias: null,
        strictHostKeyChecking: 'ask',
        serverAliveIntervalMs: null,
        connectTimeoutMs: null,
      });
    });

    it.each([
      ['none', { kind: 'none' }],
      ['SSH_AUTH_SOCK', { kind: 'usual' }],
      ['$MY_AGENT', { kind: 'socket', path: '/run/mine' }],
      [
        '"/Group Containers/1password/agent.sock"',
        { kind: 'socket', path: '/Group Containers/1password/agent.sock' },
      ],
    ])('IdentityAgent %s', async (value, agent) => {
      configure(`Host box\n  IdentityAgent ${value}\n`);
      expect((await resolve({ host: 'box' }, { exec, env: { MY_AGENT: '/run/mine' } })).agent).toEqual(agent);
    });

    it('reads proxies: chains, commands with their tokens, none, and the first of the two', async () => {
      configure(
        [
          'Host chain',
          '  ProxyJump ada@one:23,two',
          '  ProxyCommand never %h',
          'Host command',
          '  ProxyCommand nc -x "a b" %h %p %r %n %%',
          '  ProxyJump never',
          '  User ada',
          'Host none',
          '  ProxyCommand none',
          'Host *',
          '  ProxyJump never',
        ].join('\n'),
      );
      expect(await resolve({ host: 'chain' }, { exec })).toMatchObject({
        proxyJump: ['ada@one:23', 'two'],
        proxyCommand: null,
      });
      expect(await resolve({ host: 'command' }, { exec })).toMatchObject({
        proxyJump: [],
        proxyCommand: 'nc -x "a b" command 22 ada command %',
      });
      expect(await resolve({ host: 'none' }, { exec })).toMatchObject({ proxyJump: [], proxyCommand: null });
    });

    it('follows Include', async () => {
      writeFileSync(join(home, '.ssh', 'work.conf'), 'Host box\n  Port 2222\n');
      configure(`Include ${join(home, '.ssh')}/*.conf\nHost *\n  Port 3333\n`);
      expect((await resolve({ host: 'box' }, { exec })).port).toBe(2222);
    });
  });

  it('says what ssh says of a broken configuration', async () => {
    configure('Host box\n  Bogus yes\n');
    await expect(resolve({ host: 'box' })).rejects.toMatchObject({
      error: {
        code: 'SSH_CONFIG_INVALID',
        details: { reason: expect.stringContaining('Bad configuration option') },
      },
    });
  });

  it('reads the file itself when ssh does not answer', async () => {
    configure('Host box\n  Port 2222\n');
    const exec: Exec = async () => ({ kind: 'timeout' });
    expect(await resolve({ host: 'box' }, { exec })).toMatchObject({ port: 2222, source: 'file' });
  });

  it('keeps the target away from the options of ssh', async () => {
    let seen: readonly string[] = [];
    const exec: Exec = async (_file, args) => {
      seen = args;
      return { kind: 'absent' };
    };
    await resolve({ host: 'box' }, { exec, me: { username: 'ada', homedir: home } });
    expect(seen).toEqual(['-G', '--', 'box']);
    await resolve({ host: 'box', user: 'eve', port: 7 }, { exec, me: { username: 'ada', homedir: home } });
    expect(seen).toEqual(['-G', '-p', '7', '-l', 'eve', '--', 'box']);
    await resolve({ host: 'box' }, { exec, me: { username: 'ada', homedir: '/elsewhere' } });
    expect(seen).toEqual(['-G', '-F', 'none', '--', 'box']);
  });

  it('without ssh, understands any configuration as ssh does', async () => {
    const name = fc.constantFrom('alpha', 'beta', 'alpha.lan', 'gamma.example.com');
    const pattern = fc.constantFrom(
      'alpha',
      'beta',
      '*',
      '*.lan',
      'al?ha',
      '!beta',
      '!*.lan',
      '*.example.com',
      'ga*',
    );
    const line = fc.oneof(
      name.map((value) => `HostName ${value}`),
      fc.constant('HostName %h.internal'),
      fc.constantFrom('ada', 'Eve', 'o.brien').map((value) => `User ${value}`),
      fc.integer({ min: 1, max: 65535 }).map((value) => `Port ${value}`),
      fc
        .constantFrom('~/.ssh/one', '/keys/%h', '"/a b/%r"', '~/.ssh/%n')
        .map((value) => `IdentityFile ${value}`),
      fc.constantFrom('yes', 'no').map((value) => `IdentitiesOnly ${value}`),
      fc.constantFrom('none', '/run/agent', 'SSH_AUTH_SOCK').map((value) => `IdentityAgent ${value}`),
      fc.constantFrom('none', 'hop', 'ada@hop:23,two').map((value) => `ProxyJump ${value}`),
      fc.constantFrom('none', 'nc %h %p', 'nc "%h" %p').map((value) => `ProxyCommand ${value}`),
      fc.constantFrom('Known', 'other').map((value) => `HostKeyAlias ${value}`),
      fc.constantFrom('~/.ssh/a', '/b /c', 'none').map((value) => `UserKnownHostsFile ${value}`),
      fc.constantFrom('yes', 'no', 'ask', 'accept-new').map((value) => `StrictHostKeyChecking ${value}`),
      fc.integer({ min: 0, max: 99 }).map((value) => `ServerAliveInterval=${value}`),
      fc.integer({ min: 1, max: 9 }).map((value) => `  serveralivecountmax\t${value}  `),
      fc.constantFrom('5', '1m').map((value) => `ConnectTimeout ${value}`),
      fc.constantFrom('# a remark', ''),
    );
    const section = fc.record({
      patterns: fc.array(pattern, { minLength: 1, maxLength: 3 }),
      lines: fc.array(line, { maxLength: 6 }),
    });
    const config = fc
      .record({ head: fc.array(line, { maxLength: 2 }), sections: fc.array(section, { maxLength: 4 }) })
      .map(({ head, sections }) =>
        [
          ...head,
          ...sections.flatMap(({ patterns, lines }) => [`Host ${patterns.join(' ')}`, ...lines]),
        ].join('\n'),
      );
    await fc.assert(
      fc.asyncProperty(config, name, async (text, host) => {
        configure(text);
        const [asked, read] = await Promise.all([resolve({ host }), resolve({ host }, { exec: noSsh })]);
        expect({ ...read, source: 'ssh' }).toEqual({ ...asked, opensshOnly: read.opensshOnly });
      }),
      { numRuns: 120 },
    );
  });
});
