import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeKey, type TestKey } from '../../../e2e/fixtures/sshd.ts';
import { lookupHostKey, parseKnownHosts } from './known-hosts.ts';
import { replaceHostKey } from './replace-host-key.ts';
import { makeSshBench } from './test-bench.ts';

const bench = makeSshBench();

describe('replaceHostKey (R6)', () => {
  const keys = mkdtempSync(join(tmpdir(), 'chela-replace-'));
  let dir = '';
  let file = '';
  let old: TestKey;
  let fresh: TestKey;
  beforeAll(async () => {
    old = await makeKey({ type: 'ed25519', dir: keys, name: 'old' });
    fresh = await makeKey({ type: 'ed25519', dir: keys, name: 'fresh' });
    return () => rmSync(keys, { recursive: true, force: true });
  });
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'chela-replace-'));
    file = join(dir, 'known_hosts');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const lineOf = (hosts: string, key: TestKey) =>
    `${hosts} ${key.publicKey.split(' ').slice(0, 2).join(' ')}`;
  const blobOf = (key: TestKey) => Buffer.from(key.publicKey.split(' ')[1] ?? '', 'base64');
  const replace = (host: string, port = 22, more: { hostKeyAlias?: string; system?: string[] } = {}) =>
    replaceHostKey({
      host,
      port,
      hostKeyAlias: more.hostKeyAlias,
      files: { user: [file], system: more.system ?? [] },
      keyType: 'ssh-ed25519',
      key: blobOf(fresh),
    });
  /** What ssh-keygen finds for a name, as `type base64`. */
  const found = (name: string) => {
    try {
      const text = execFileSync('ssh-keygen', ['-F', name, '-f', file], { encoding: 'utf8', stdio: 'pipe' });
      return text
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => line.split(' ').slice(-2).join(' '));
    } catch {
      return [];
    }
  };
  const bare = (key: TestKey) => key.publicKey.split(' ').slice(0, 2).join(' ');

  it('replaces the line of the host and leaves every other byte', async () => {
    const before = [
      '# mine \xe9',
      lineOf('other', old),
      `  ${lineOf('box', old)} a comment`,
      '',
      '@garbage x y',
    ];
    writeFileSync(file, `${before.join('\n')}\n`, { encoding: 'latin1', mode: 0o640 });
    expect(await replace('box')).toEqual({ ok: true, value: undefined });
    const kept = before.filter((line) => !line.includes('box'));
    expect(readFileSync(file, 'latin1')).toBe(`${[...kept, lineOf('box', fresh)].join('\n')}\n`);
    expect(readFileSync(`${file}.old`, 'latin1')).toBe(`${before.join('\n')}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(found('box')).toEqual([bare(fresh)]);
    expect(found('other')).toEqual([bare(old)]);
  });

  it('takes only its own name out of a list, and makes an exception from a wildcard', async () => {
    writeFileSync(file, `${lineOf('a,[box]:2222,b', old)}\n${lineOf('[*]:2222,c', old)}`);
    expect((await replace('Box', 2222)).ok).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe(
      `${lineOf('a,b', old)}\n${lineOf('[*]:2222,c,![box]:2222', old)}\n${lineOf('[box]:2222', fresh)}\n`,
    );
    expect(found('[box]:2222')).toEqual([bare(fresh)]);
    expect(found('[else]:2222')).toEqual([bare(old)]);
  });

  it('finds hashed lines, all types of keys, and the alias', async () => {
    const rsa = await makeKey({ type: 'rsa', dir, name: 'rsa' });
    writeFileSync(file, `${lineOf('box', old)}\n${lineOf('box', rsa)}\n${lineOf('other', old)}\n`);
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' });
    expect((await replace('10.0.0.1', 2222, { hostKeyAlias: 'box' })).ok).toBe(true);
    expect(found('box')).toEqual([bare(fresh)]);
    expect(found('other')).toEqual([bare(old)]);
  });

  it('keeps what is revoked and who may sign', async () => {
    const kept = `@revoked box ${bare(old)}\n@cert-authority box ${bare(old)}\n`;
    writeFileSync(file, kept);
    await replace('box');
    expect(readFileSync(file, 'utf8')).toBe(`${kept}${lineOf('box', fresh)}\n`);
  });

  it('changes nothing when the old key stands in a system file', async () => {
    const system = join(dir, 'ssh_known_hosts');
    writeFileSync(system, `${lineOf('box', old)}\n`);
    const text = `${lineOf('box', old)}\n`;
    writeFileSync(file, text);
    expect(await replace('box', 22, { system: [system] })).toMatchObject({
      ok: false,
      error: { code: 'KNOWN_HOSTS_UNWRITABLE', details: { file: system, cause: 'systemFile' } },
    });
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(existsSync(`${file}.old`)).toBe(false);
  });

  it('writes to the file behind a link, and to a file that is not there yet', async () => {
    const real = join(dir, 'real');
    writeFileSync(real, `${lineOf('box', old)}\n`);
    symlinkSync(real, file);
    expect((await replace('box')).ok).toBe(true);
    expect(readFileSync(real, 'utf8')).toBe(`${lineOf('box', fresh)}\n`);
    rmSync(file);
    expect((await replace('box')).ok).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('does not put a key under another name for its type', async () => {
    const files = { user: [file], system: [] };
    const wrong = { host: 'box', port: 22, files, keyType: 'ssh-rsa', key: blobOf(fresh) };
    expect((await replaceHostKey(wrong)).ok).toBe(false);
    expect(existsSync(file)).toBe(false);
  });

  it('trusts the new key and nothing else changes, whatever the file', async () => {
    const host = fc.constantFrom('box', 'BOX', 'a', 'b.lan', '*', 'bo?', '!box', '!a', '*.lan', '[box]:22');
    const line = fc.oneof(
      fc.array(host, { minLength: 1, maxLength: 4 }).map((hosts) => lineOf(hosts.join(','), old)),
      fc.constantFrom(
        '',
        '# remark',
        'nonsense',
        '  ',
        `@revoked other ${bare(old)}`,
        'box ssh-ed25519 AAAA',
      ),
    );
    const text = fc.tuple(fc.array(line, { maxLength: 6 }), fc.constantFrom('', '\n', '\r\n'));
    const verdict = (content: string, name: string, key: TestKey) =>
      lookupHostKey(parseKnownHosts(content, file), name, 22, 'ssh-ed25519', blobOf(key)).verdict;
    await fc.assert(
      fc.asyncProperty(text, async ([lines, end]) => {
        const before = lines.join('\n') + end;
        writeFileSync(file, before);
        expect((await replace('box')).ok).toBe(true);
        const after = readFileSync(file, 'utf8');
        expect(verdict(after, 'box', fresh)).toBe('known');
        expect(verdict(after, 'box', old)).toBe('changed');
        for (const other of ['a', 'b.lan', 'other']) {
          expect(verdict(after, other, old)).toBe(verdict(before, other, old));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is believed by ssh itself, after a changed key was refused and handed over', async () => {
    const sshd = await bench.server();
    writeFileSync(bench.knownHosts, `${lineOf(`[127.0.0.1]:${sshd.port}`, old)}\n`);
    const changes: Parameters<typeof replaceHostKey>[0][] = [];
    const error = await bench.refused({
      port: sshd.port,
      identityFile: sshd.clientKey,
      onHostKeyChange: (change) => {
        expect(change).toMatchObject({
          host: '127.0.0.1',
          port: sshd.port,
          fingerprint: sshd.hostFingerprint,
          art: expect.stringContaining('[ED25519 256]'),
          known: [{ keyType: 'ssh-ed25519', fingerprint: old.fingerprint, file: bench.knownHosts, line: 1 }],
        });
        changes.push(change);
      },
    });
    expect(error.code).toBe('SSH_HOST_KEY_CHANGED');
    expect(changes).toHaveLength(1);
    for (const change of changes) expect((await replaceHostKey(change)).ok).toBe(true);
    await bench.connected({ port: sshd.port, identityFile: sshd.clientKey });
    const strict = ['-o', 'StrictHostKeyChecking=yes', '-o', `UserKnownHostsFile=${bench.knownHosts}`];
    const login = ['-o', 'BatchMode=yes', '-i', sshd.clientKey, '-p', String(sshd.port)];
    execFileSync('ssh', ['-F', 'none', ...strict, ...login, '-N', '-f', '127.0.0.1', 'true'], {
      stdio: 'ignore',
      timeout: 5000,
    });
  });
});
