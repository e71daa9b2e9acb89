import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startSshd } from '../../../e2e/fixtures/sshd.ts';
import { connectSsh } from '../ssh/client.ts';
import { approvePairing } from './approve-pairing.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('approving a pairing over a real SSH session', () => {
  it.each([
    ['does what it was asked', 0, { ok: true }],
    ['says what the command said', 1, { ok: false, error: { code: 'PAIRING_NOT_APPROVED' } }],
  ])('%s', async (_name, exitCode, expected) => {
    const home = mkdtempSync(join(tmpdir(), 'chela-pairing-'));
    cleanups.push(() => rmSync(home, { recursive: true, force: true }));
    mkdirSync(join(home, 'bin'));
    mkdirSync(join(home, '.ssh'));
    writeFileSync(join(home, '.profile'), `PATH=${join(home, 'bin')}:$PATH\n`);
    const openclaw = join(home, 'bin', 'openclaw');
    writeFileSync(
      openclaw,
      `#!/bin/sh\necho "$@" > ${join(home, 'asked')}\necho unknown requestId >&2\nexit ${exitCode}\n`,
    );
    chmodSync(openclaw, 0o755);
    const sshd = await startSshd({ extraConfig: [`SetEnv HOME=${home}`] });
    cleanups.push(() => sshd.stop());
    writeFileSync(join(home, '.ssh', 'known_hosts'), `${sshd.hostKeyLine}\n`);
    const connection = await connectSsh({
      host: sshd.host,
      port: sshd.port,
      user: sshd.user,
      identityFile: sshd.clientKey,
      homeDir: home,
      ask: async () => ({ kind: 'cancel' }),
      signal: new AbortController().signal,
    });
    cleanups.push(() => connection.close());

    expect(await approvePairing({ connection, requestId: 'req-7' })).toMatchObject(expected);
    expect(readFileSync(join(home, 'asked'), 'utf8').trim()).toBe('devices approve req-7');
  });
});
