import { execFileSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeKey } from '../../../e2e/fixtures/sshd.ts';
import {
  fingerprintOf,
  formatKnownHostLine,
  knownHostName,
  knownKeyTypes,
  lookupHostKey,
  matchesHost,
  parseKnownHosts,
} from './known-hosts.ts';

type SampleKey = { readonly type: string; readonly base64: string; readonly blob: Buffer };
type TypeName = 'ed25519' | 'ed25519b' | 'rsa' | 'ecdsa';

const dir = mkdtempSync(join(tmpdir(), 'chela-known-'));
const keys = new Map<TypeName, SampleKey>();
const fingerprints = new Map<TypeName, string>();

beforeAll(async () => {
  for (const name of ['ed25519', 'ed25519b', 'rsa', 'ecdsa'] as const) {
    const type = name === 'ed25519b' ? 'ed25519' : name;
    const made = await makeKey({ type, dir, name });
    const [keyType = '', base64 = ''] = made.publicKey.split(' ');
    keys.set(name, { type: keyType, base64, blob: Buffer.from(base64, 'base64') });
    fingerprints.set(name, made.fingerprint);
  }
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function key(name: TypeName): SampleKey {
  const found = keys.get(name);
  if (!found) throw new Error(`no key ${name}`);
  return found;
}
const field = (name: TypeName) => `${key(name).type} ${key(name).base64}`;
const lookup = (text: string, host: string, port: number, name: TypeName) =>
  lookupHostKey(parseKnownHosts(text, '/kh'), host, port, key(name).type, key(name).blob);

function hashed(name: string): string {
  const salt = randomBytes(20);
  const hash = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${salt.toString('base64')}|${hash}`;
}

describe('known_hosts (R6)', () => {
  it('prints fingerprints as ssh-keygen does', () => {
    for (const name of ['ed25519', 'rsa', 'ecdsa'] as const) {
      expect(fingerprintOf(key(name).blob)).toBe(fingerprints.get(name));
    }
  });

  it('counts lines and skips comments, empty lines, nonsense and protocol 1 keys', () => {
    const text = [
      '# a comment',
      '',
      '   ',
      'studio',
      'studio 1024 35 1234567890',
      `studio ssh-rsa ${key('ed25519').base64}`,
      'studio ssh-ed25519 not!base64',
      `@something studio ${field('rsa')}`,
      `\t studio,other \t ${field('ed25519')} a comment here\r`,
    ].join('\n');
    const entries = parseKnownHosts(text, '/kh');
    expect(entries.map(({ line, keyType, marker }) => ({ line, keyType, marker }))).toEqual([
      { line: 9, keyType: 'ssh-ed25519', marker: 'none' },
    ]);
  });

  it.each([
    ['studio', 'studio', 22, true],
    ['studio', 'STUDIO', 22, true],
    ['Studio', 'studio', 22, true],
    ['studio', 'studio2', 22, false],
    ['a,studio,b', 'studio', 22, true],
    ['[studio]:2222', 'studio', 2222, true],
    ['[studio]:2222', 'studio', 22, false],
    ['[studio]:2222', 'studio', 2223, false],
    ['*.example.net', 'studio.example.net', 22, true],
    ['*.example.net', 'example.net', 22, false],
    ['10.0.0.?', '10.0.0.7', 22, true],
    ['10.0.0.?', '10.0.0.77', 22, false],
    ['*,!studio', 'studio', 22, false],
    ['!studio,*', 'studio', 22, false],
    ['!studio,*', 'other', 22, true],
    ['!studio', 'other', 22, false],
    ['::1', '::1', 22, true],
    ['[::1]:2222', '::1', 2222, true],
    ['*', 'studio', 2222, true],
  ])('%s stands for %s port %i: %s', (pattern, host, port, matches) => {
    const entries = parseKnownHosts(`${pattern} ${field('ed25519')}`, '/kh');
    expect(entries.some((entry) => matchesHost(entry.hosts, knownHostName(host, port)))).toBe(matches);
  });

  it('reads hashed names, with and without a port', () => {
    const text = `${hashed('studio')} ${field('ed25519')}\n${hashed('[studio]:2222')} ${field('rsa')}\n`;
    expect(lookup(text, 'Studio', 22, 'ed25519')).toEqual({ verdict: 'known' });
    expect(lookup(text, 'studio', 2222, 'rsa')).toEqual({ verdict: 'known' });
    expect(lookup(text, 'other', 22, 'ed25519')).toEqual({ verdict: 'unknown', otherTypes: [] });
  });

  it('knows a host under any of its keys of one type', () => {
    const text = `studio ${field('ed25519')}\nstudio ${field('ed25519b')}\n`;
    expect(lookup(text, 'studio', 22, 'ed25519b')).toEqual({ verdict: 'known' });
  });

  it('names the file, the line and the key of a change', () => {
    const text = `# first\nstudio ${field('rsa')}\nstudio ${field('ed25519')}\n`;
    expect(lookup(text, 'studio', 22, 'ed25519b')).toEqual({
      verdict: 'changed',
      fingerprint: fingerprints.get('ed25519'),
      keyType: 'ssh-ed25519',
      file: '/kh',
      line: 3,
    });
  });

  it('tells which other types are known', () => {
    const text = `studio ${field('rsa')}\n`;
    expect(lookup(text, 'studio', 22, 'ed25519')).toEqual({
      verdict: 'unknown',
      otherTypes: [{ fingerprint: fingerprints.get('rsa'), keyType: 'ssh-rsa', file: '/kh', line: 1 }],
    });
    expect(knownKeyTypes(parseKnownHosts(text, '/kh'), 'studio', 22)).toEqual(['ssh-rsa']);
  });

  it('refuses a revoked key even where it is also trusted', () => {
    const text = `studio ${field('ed25519')}\n@revoked * ${field('ed25519')}\n`;
    expect(lookup(text, 'studio', 22, 'ed25519')).toMatchObject({ verdict: 'revoked', line: 2 });
    expect(lookup(text, 'studio', 22, 'ed25519b')).toMatchObject({ verdict: 'changed' });
  });

  it('does not take a certificate authority for a host key', () => {
    const text = `@cert-authority * ${field('ed25519')}\n`;
    expect(parseKnownHosts(text, '/kh')[0]?.marker).toBe('certAuthority');
    expect(lookup(text, 'studio', 22, 'ed25519')).toEqual({ verdict: 'unknown', otherTypes: [] });
    expect(lookup(text, 'studio', 22, 'ed25519b')).toEqual({ verdict: 'unknown', otherTypes: [] });
  });

  it('takes the bare name for another port as a yes, never as a change', () => {
    const text = `studio ${field('ed25519')}\n`;
    expect(lookup(text, 'studio', 2222, 'ed25519')).toEqual({ verdict: 'known' });
    expect(lookup(text, 'studio', 2222, 'ed25519b')).toEqual({ verdict: 'unknown', otherTypes: [] });
    expect(lookup(`@revoked ${text}`, 'studio', 2222, 'ed25519')).toMatchObject({ verdict: 'revoked' });
  });

  it('agrees with ssh-keygen -F, hashed and plain', () => {
    const file = join(dir, 'agree');
    const lines = [
      formatKnownHostLine('studio', 22, key('ed25519').blob),
      formatKnownHostLine('studio', 2222, key('rsa').blob),
      formatKnownHostLine('::1', 2222, key('ecdsa').blob),
      `*.example.net,!bad.example.net ${field('ed25519b')}`,
    ];
    const names = [
      'studio',
      '[studio]:2222',
      '[studio]:2223',
      '[::1]:2222',
      'a.example.net',
      'bad.example.net',
      'absent',
    ];
    const theirs = (name: string) => {
      try {
        const text = execFileSync('ssh-keygen', ['-F', name, '-f', file], { encoding: 'utf8' });
        return [...text.matchAll(/line (\d+)/g)].map((match) => Number(match[1]));
      } catch {
        return [];
      }
    };
    const ours = (name: string) =>
      parseKnownHosts(readFileSync(file, 'utf8'), file)
        .filter((entry) => matchesHost(entry.hosts, name))
        .map((entry) => entry.line);
    for (const format of ['plain', 'hashed'] as const) {
      writeFileSync(file, `${lines.join('\n')}\n`);
      if (format === 'hashed') execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
      for (const name of names) expect([name, ours(name)]).toEqual([name, theirs(name)]);
    }
  });

  it('survives any text', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('@revoked', '@cert-authority', '|1|', ' ', '\t', '\n', '\r\n', '#', 'studio', '!', '*'),
      fc.constantFrom(...(['ed25519', 'rsa'] as const)).map((name) => field(name)),
      fc.constantFrom('|1|aaaa|bbbb', '|1||', '|2|x|y'),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('');
        const lines = text.split('\n').length;
        for (const entry of parseKnownHosts(text, '/kh')) {
          expect(entry.line).toBeLessThanOrEqual(lines);
          matchesHost(entry.hosts, 'studio');
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('finds every line that it formats, whatever stands around it', () => {
    const host = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,20}$/);
    const noise = fc.array(fc.string({ unit: fc.constantFrom(...'#@|!* \tab1') }), { maxLength: 4 });
    fc.assert(
      fc.property(host, fc.integer({ min: 1, max: 65535 }), noise, (name, port, before) => {
        const text = [...before, formatKnownHostLine(name, port, key('ed25519').blob)].join('\n');
        expect(lookup(text, name, port, 'ed25519')).toEqual({ verdict: 'known' });
        expect(lookup(text, name, port, 'ed25519b')).toMatchObject({
          verdict: 'changed',
          line: before.length + 1,
        });
      }),
      { numRuns: 500 },
    );
  });

  it('matches wildcards as a regular expression would', () => {
    const alphabet = fc.string({ unit: fc.constantFrom(...'ab*?') });
    fc.assert(
      fc.property(alphabet, fc.string({ unit: fc.constantFrom(...'ab') }), (pattern, text) => {
        const expression = pattern.replaceAll('*', '.*').replaceAll('?', '.');
        const hosts = { kind: 'plain', patterns: [pattern] } as const;
        expect(matchesHost(hosts, text)).toBe(new RegExp(`^${expression}$`).test(text));
      }),
      { numRuns: 2000 },
    );
  });
});
