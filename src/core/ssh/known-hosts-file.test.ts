import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeKey } from '../../../e2e/fixtures/sshd.ts';
import { AppErrorException } from '../../shared/errors.ts';
import { appendKnownHost, defaultKnownHostsFiles, readKnownHosts } from './known-hosts-file.ts';

let home: string;
let key: Buffer;
let file: string;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'chela-home-'));
  file = join(home, '.ssh', 'known_hosts');
  const made = await makeKey({ type: 'ed25519', dir: join(home, 'made') });
  key = Buffer.from(made.publicKey.split(' ')[1] ?? '', 'base64');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const mode = (path: string) => statSync(path).mode & 0o777;
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof AppErrorException ? error.error.code : String(error)),
  );

describe('the known_hosts file (R6)', () => {
  it('is made with its directory, for nobody else to read, and ssh-keygen finds the line', async () => {
    await appendKnownHost(file, 'studio', 2222, key);
    expect(mode(file)).toBe(0o600);
    expect(mode(join(home, '.ssh'))).toBe(0o700);
    const found = execFileSync('ssh-keygen', ['-F', '[studio]:2222', '-f', file], { encoding: 'utf8' });
    expect(found).toContain(key.toString('base64'));
  });

  it('keeps what is there: lines, mode, and a last line without a newline', async () => {
    mkdirSync(join(home, '.ssh'), { mode: 0o755 });
    writeFileSync(file, '# mine\nother ssh-ed25519 AAAA', { mode: 0o644 });
    chmodSync(file, 0o644);
    await appendKnownHost(file, 'studio', 22, key);
    await appendKnownHost(file, 'second', 22, key);
    const base64 = key.toString('base64');
    expect(readFileSync(file, 'utf8')).toBe(
      `# mine\nother ssh-ed25519 AAAA\nstudio ssh-ed25519 ${base64}\nsecond ssh-ed25519 ${base64}\n`,
    );
    expect(mode(file)).toBe(0o644);
    expect(mode(join(home, '.ssh'))).toBe(0o755);
  });

  it('follows a link to a plain file of ours, and leaves the link', async () => {
    mkdirSync(join(home, '.ssh'));
    const real = join(home, 'dotfiles-known-hosts');
    writeFileSync(real, '# mine\n', { mode: 0o600 });
    symlinkSync(real, file);
    await appendKnownHost(file, 'studio', 22, key);
    expect(readFileSync(real, 'utf8')).toContain('# mine\nstudio ssh-ed25519 ');
    expect((await readKnownHosts(defaultKnownHostsFiles(home)))[0]?.file).toBe(file);
  });

  it('refuses a link to nowhere, a link to a device, and a directory', async () => {
    mkdirSync(join(home, '.ssh'));
    symlinkSync(join(home, 'absent'), file);
    expect(await codeOf(appendKnownHost(file, 'studio', 22, key))).toBe('KNOWN_HOSTS_UNWRITABLE');
    rmSync(file);
    symlinkSync('/dev/null', file);
    expect(await codeOf(appendKnownHost(file, 'studio', 22, key))).toBe('KNOWN_HOSTS_UNWRITABLE');
    expect(await readKnownHosts({ user: [file], system: [] })).toEqual([]);
    rmSync(file);
    mkdirSync(file);
    expect(await codeOf(appendKnownHost(file, 'studio', 22, key))).toBe('KNOWN_HOSTS_UNWRITABLE');
    expect(await codeOf(readKnownHosts({ user: [file], system: [] }))).toBe('KNOWN_HOSTS_UNWRITABLE');
  });

  it('does not wait on a FIFO', async () => {
    mkdirSync(join(home, '.ssh'));
    execFileSync('mkfifo', [file]);
    expect(await codeOf(appendKnownHost(file, 'studio', 22, key))).toBe('KNOWN_HOSTS_UNWRITABLE');
    expect(await readKnownHosts({ user: [file], system: [] })).toEqual([]);
  });

  it('reads the user’s files before the system’s, and does without those that are missing', async () => {
    await appendKnownHost(file, 'studio', 22, key);
    const system = join(home, 'ssh_known_hosts');
    await appendKnownHost(system, 'other', 22, key);
    const entries = await readKnownHosts({ user: [file, `${file}2`], system: [system, home] });
    expect(entries.map((entry) => entry.file)).toEqual([file, system]);
  });
});
