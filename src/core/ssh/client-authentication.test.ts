import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeKey, type Sshd, startSshAgent, startSshd } from '../../../e2e/fixtures/sshd.ts';
import { describeError } from '../../shared/errors.ts';
import { createTranslator } from '../../shared/i18n/index.ts';
import { type Clock, systemClock } from '../clock.ts';
import { makeSshBench, passphrase, person } from './test-bench.ts';

const bench = makeSshBench();
const { connected, defer, refused, server, trust } = bench;

/** The public half of a FIDO key, which ssh2 can't use. */
const securityKey = `sk-ssh-ed25519@openssh.com ${Buffer.concat([
  Buffer.from([0, 0, 0, 26]),
  Buffer.from('sk-ssh-ed25519@openssh.com'),
  Buffer.alloc(44),
]).toString('base64')}`;

describe('connectSsh: authentication (R6)', () => {
  let sshd: Sshd;
  const keys = mkdtempSync(join(tmpdir(), 'chela-keys-'));
  const made: Record<string, string> = {};
  beforeAll(async () => {
    const specs = [
      { name: 'locked', type: 'ed25519', passphrase: 'open sesame' },
      { name: 'ecdsa', type: 'ecdsa' },
      { name: 'rsa', type: 'rsa' },
      { name: 'rsa_pem', type: 'rsa', format: 'PEM' },
      { name: 'ecdsa_pkcs8', type: 'ecdsa', format: 'PKCS8' },
      { name: 'locked_pem', type: 'rsa', format: 'PEM', passphrase: 'open sesame' },
      { name: 'locked_pkcs8', type: 'ecdsa', format: 'PKCS8', passphrase: 'open sesame' },
      { name: 'agent_only', type: 'ed25519' },
    ] as const;
    const lines: string[] = [];
    for (const spec of specs) {
      const key = await makeKey({ dir: keys, ...spec });
      made[spec.name] = key.file;
      lines.push(key.publicKey);
    }
    await makeKey({ dir: keys, type: 'ed25519', name: 'stranger' });
    await makeKey({ dir: keys, type: 'ed25519', name: 'locked_stranger', passphrase: 'open sesame' });
    sshd = await startSshd({ authorizedKeys: lines });
  });
  afterAll(async () => {
    await sshd.stop();
    rmSync(keys, { recursive: true, force: true });
  });
  beforeEach(() => trust(sshd));
  const keyFile = (name: string) => join(keys, name);
  const wrote = (text: string) => {
    const file = join(bench.home, 'picked');
    writeFileSync(file, text);
    return file;
  };
  /** As if the key were one of the usual ones. */
  const install = (name: string, as: string) => {
    const usual = join(bench.home, '.ssh', as);
    writeFileSync(usual, readFileSync(keyFile(name)), { mode: 0o600 });
    return usual;
  };

  it.each(['ecdsa', 'rsa', 'rsa_pem', 'ecdsa_pkcs8'])('signs in with %s', async (name) => {
    await connected({ port: sshd.port, identityFile: keyFile(name) });
  });

  it.each(['locked', 'locked_pem', 'locked_pkcs8'])('asks for the passphrase of %s', async (name) => {
    const { ask, asked } = person(passphrase('open sesame'));
    await connected({ port: sshd.port, identityFile: keyFile(name), ask });
    expect(asked).toEqual([
      { kind: 'passphrase', identityFile: keyFile(name), wrongBefore: false, canRemember: false },
    ]);
  });

  it.each(['locked', 'locked_pem', 'locked_pkcs8'])('asks again after a wrong one for %s', async (name) => {
    const { ask, asked } = person(passphrase('open barley'), passphrase(''), passphrase('open sesame'));
    await connected({ port: sshd.port, identityFile: keyFile(name), ask });
    expect(asked.map((question) => question.kind === 'passphrase' && question.wrongBefore)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('asks for a locked key that has no public half beside it', async () => {
    const alone = install('locked_pem', 'alone');
    const { ask, asked } = person(passphrase('open sesame'));
    await connected({ port: sshd.port, identityFile: alone, ask });
    expect(asked).toHaveLength(1);
  });

  it('stops when the passphrase question is cancelled', async () => {
    const { ask } = person({ kind: 'cancel' });
    const error = await refused({ port: sshd.port, identityFile: keyFile('locked'), ask });
    expect(error).toMatchObject({ code: 'SSH_PASSPHRASE_CANCELLED', details: { file: keyFile('locked') } });
  });

  it('asks once where the unlocked keys are kept', async () => {
    const unlocked = new Map();
    const { ask } = person(passphrase('open sesame'));
    await connected({ port: sshd.port, identityFile: keyFile('locked'), ask, unlocked });
    await connected({ port: sshd.port, identityFile: keyFile('locked'), unlocked });
  });

  it('does not ask for the passphrase of a key that the server would refuse', async () => {
    const error = await refused({ port: sshd.port, identityFile: keyFile('locked_stranger') });
    expect(error).toMatchObject({ code: 'SSH_AUTH_REFUSED', details: { offered: ['locked_stranger'] } });
  });

  it('names what it offered when all of it is refused', async () => {
    const agent = await startSshAgent();
    defer(() => agent.stop());
    await agent.add(keyFile('stranger'));
    install('locked_stranger', 'id_ed25519');
    const error = await refused({ port: sshd.port, env: { SSH_AUTH_SOCK: agent.socket } });
    expect(error).toMatchObject({
      code: 'SSH_AUTH_REFUSED',
      details: { host: '127.0.0.1', offered: ['agent: stranger@chela.test', 'id_ed25519'] },
    });
    expect(JSON.stringify(error)).not.toContain('PRIVATE');
  });

  it('counts a hang-up after too many keys as a refusal', async () => {
    const strict = await server({ extraConfig: ['MaxAuthTries 1'] });
    trust(strict);
    const error = await refused({ port: strict.port, identityFile: keyFile('stranger') });
    expect(error).toMatchObject({ code: 'SSH_AUTH_REFUSED', details: { offered: ['stranger'] } });
  });

  it('says so when there is no key at all', async () => {
    const error = await refused({ port: sshd.port, env: { SSH_AUTH_SOCK: join(bench.home, 'nobody-home') } });
    expect(error).toMatchObject({ code: 'SSH_NO_KEY', details: { host: '127.0.0.1' } });
  });

  it('finds the usual files', async () => {
    install('stranger', 'id_ed25519');
    install('ecdsa', 'id_ecdsa');
    await connected({ port: sshd.port });
  });

  it.each(['agent_only', 'ecdsa', 'rsa'])('signs in with %s from the agent', async (name) => {
    const agent = await startSshAgent();
    defer(() => agent.stop());
    await agent.add(keyFile(name));
    await connected({ port: sshd.port, env: { SSH_AUTH_SOCK: agent.socket } });
  });

  it('has the agent sign for a picked key that is locked, or of which only the public half is here', async () => {
    const agent = await startSshAgent();
    defer(() => agent.stop());
    await agent.add(keyFile('agent_only'));
    const env = { SSH_AUTH_SOCK: agent.socket };
    await connected({ port: sshd.port, identityFile: `${keyFile('agent_only')}.pub`, env });
    const error = await refused({ port: sshd.port, identityFile: `${keyFile('rsa')}.pub`, env });
    expect(error).toMatchObject({ code: 'SSH_IDENTITY_UNREADABLE' });
  });

  it('offers only the picked key', async () => {
    const agent = await startSshAgent();
    defer(() => agent.stop());
    await agent.add(keyFile('agent_only'));
    install('ecdsa', 'id_ecdsa');
    const options = { port: sshd.port, env: { SSH_AUTH_SOCK: agent.socket } };
    const error = await refused({ ...options, identityFile: keyFile('stranger') });
    expect(error).toMatchObject({ code: 'SSH_AUTH_REFUSED', details: { offered: ['stranger'] } });
  });

  it('goes on without an agent that never answers', async () => {
    const silent = createServer(() => {});
    const socket = join(bench.home, 'silent.sock');
    silent.listen(socket);
    await once(silent, 'listening');
    defer(() => silent.close());
    install('ecdsa', 'id_ecdsa');
    const clock: Clock = {
      now: systemClock.now,
      after: (delayMs, run) => systemClock.after(delayMs === 5000 ? 100 : delayMs, run),
    };
    await connected({ port: sshd.port, env: { SSH_AUTH_SOCK: socket }, clock });
  });

  it.each([
    ['absent', () => join(bench.home, 'absent'), 'absent', /no such file/],
    ['a directory', () => bench.home, 'notAFile', /not a file/],
    ['something else', () => bench.knownHosts, 'notAKey', /not a private key/],
    ['a PuTTY key', () => wrote('PuTTY-User-Key-File-3: ssh-ed25519\n'), 'putty', /PuTTY/],
    [
      'damaged',
      () => wrote('-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n'),
      'damaged',
      /damaged/,
    ],
    [
      'damaged too',
      () => wrote('-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n'),
      'damaged',
      /damaged/,
    ],
  ])('says why a picked file cannot be used: %s', async (_name, pick, cause, sentence) => {
    const file = pick();
    const error = await refused({ port: sshd.port, identityFile: file });
    expect(error).toMatchObject({ code: 'SSH_IDENTITY_UNREADABLE', details: { file, cause } });
    expect(describeError(error, createTranslator('en')).body).toMatch(sentence);
    expect(describeError(error, createTranslator('zh-Hant')).body).toMatch(/檔|鑰/);
  });

  it('says that a picked security key needs the other engine', async () => {
    const file = wrote(securityKey);
    const error = await refused({ port: sshd.port, identityFile: file });
    expect(error).toMatchObject({
      code: 'SSH_NEEDS_OPENSSH',
      details: { host: '127.0.0.1', file, cause: 'securityKey' },
    });
    expect(describeError(error, createTranslator('en')).body).toMatch(/FIDO/);
  });

  it('reads ~ in a picked path', async () => {
    install('ecdsa', 'mine');
    await connected({ port: sshd.port, identityFile: '~/.ssh/mine' });
  });
});
