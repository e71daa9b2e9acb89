import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppErrorException, appError } from '../../shared/errors.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { approvePairing } from './approve-pairing.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'chela-pairing-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** What sshd does with a command: the shell of the account runs it, with a bare PATH. */
function host(shell = '/bin/sh'): Pick<SshConnection, 'exec'> {
  return {
    exec: (command, { timeoutMs }) =>
      new Promise((resolve) => {
        const env = { HOME: home, SHELL: shell, PATH: '/usr/bin:/bin' };
        execFile('/bin/sh', ['-c', command], { env, timeout: timeoutMs }, (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
          resolve({ code, stdout, stderr });
        });
      }),
  };
}

/** A login's PATH comes from a file of the shell. */
function install(script: string, profile = '.profile'): void {
  const file = join(home, 'openclaw');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  writeFileSync(join(home, profile), `PATH="$HOME:$PATH"\n`);
}

test('runs openclaw with the PATH of a login shell', async () => {
  install('echo "$@" > "$HOME/called"; echo Approved');
  const approved = await approvePairing({ connection: host(), requestId: '4f1d2c3b-aa' });
  expect(approved).toEqual({ ok: true, value: undefined });
  expect(readFileSync(join(home, 'called'), 'utf8')).toBe('devices approve 4f1d2c3b-aa\n');
});

test('finds it where only the person’s own shell looks, and keeps its exit code', async () => {
  install('echo "$@" > "$HOME/called"; exit 3', '.bash_profile');
  const refused = await approvePairing({ connection: host('/bin/bash'), requestId: 'r1' });
  expect(refused).toMatchObject({ ok: false, error: { code: 'PAIRING_NOT_APPROVED' } });
  expect(readFileSync(join(home, 'called'), 'utf8')).toBe('devices approve r1\n');
});

test('says that openclaw is missing over there', async () => {
  const missing = await approvePairing({ connection: host(), requestId: 'r1' });
  expect(missing).toMatchObject({
    ok: false,
    error: { code: 'OPENCLAW_MISSING_THERE', details: { requestId: 'r1' } },
  });
});

test('repeats what openclaw said, in one bounded line', async () => {
  install(
    `printf 'starting\\n\\033[31munknown requestId %s.\\033[0m\\n' "$(head -c 900 /dev/zero | tr '\\0' x)" >&2; exit 1`,
  );
  const refused = await approvePairing({ connection: host(), requestId: 'r1' });
  if (refused.ok) throw new Error('approved');
  expect(refused.error.code).toBe('PAIRING_NOT_APPROVED');
  const reason = String(refused.error.details?.reason);
  expect(reason).toMatch(/^unknown requestId xxx/);
  expect(reason.length).toBeLessThan(250);
});

test.each(['', ' ', 'a b', '-latest', '--latest', "x'; touch y; '", '$(id)', 'a\nb', 'é', 'a'.repeat(65)])(
  'never runs anything for %j',
  async (requestId) => {
    const connection = {
      exec: () => {
        throw new Error('it ran');
      },
    };
    expect(await approvePairing({ connection, requestId })).toMatchObject({
      ok: false,
      error: { code: 'BAD_REQUEST' },
    });
  },
);

test('a session that breaks is the error', async () => {
  const connection = {
    exec: () => Promise.reject(new AppErrorException(appError('SSH_CLOSED', 'gone'))),
  };
  expect(await approvePairing({ connection, requestId: 'r1' })).toMatchObject({
    ok: false,
    error: { code: 'SSH_CLOSED' },
  });
});
