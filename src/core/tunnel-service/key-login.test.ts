import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { makeKey } from '../../../e2e/fixtures/sshd.ts';
import { toAppError } from '../../shared/errors.ts';
import { execProgram } from '../ssh/config.ts';
import { makeSshBench } from '../ssh/test-bench.ts';
import { tunnelOnlyLine } from './authorized-keys-text.ts';
import { proveKeyLogin } from './key-login.ts';

const bench = makeSshBench();

describe('R31 the login with the key alone', () => {
  it('opens the port as the service will, by whatever line lets it, and says what stands in the way', async () => {
    const key = await makeKey({ type: 'ed25519', dir: bench.home });
    const file = join(bench.home, 'authorized_keys');
    const sshd = await bench.server({ extraConfig: [`AuthorizedKeysFile ${file}`] });
    bench.trust(sshd);
    const gatewayPort = await bench.listening(createServer((socket) => socket.resume()));
    const closedPort = await freePort();
    const entry = ['Host gate', '  HostName 127.0.0.1', `  Port ${sshd.port}`, `  User ${sshd.user}`];
    const text = [...entry, `  IdentityFile ${key.file}`, '  IdentitiesOnly yes', ''].join('\n');
    const tools = {
      ...{ ssh: 'ssh', exec: execProgram, env: process.env, homeDir: bench.home },
      platform: process.platform,
    };
    const login = (line: string, port: number, more = {}) => {
      writeFileSync(file, `${line}\n`);
      const of = { text, alias: 'gate', gatewayPort: port, isLocked: false, isNarrow: true };
      return proveKeyLogin(tools, { ...of, knownHosts: bench.knownHosts, ...more }).then(
        () => 'in',
        (thrown) => toAppError(thrown).details?.cause,
      );
    };
    const narrow = tunnelOnlyLine(key.publicKey, gatewayPort);
    expect(await login(narrow, gatewayPort)).toBe('in');
    expect(await login(key.publicKey, gatewayPort)).toBe('in');
    // The Gateway may be down just now: that is for the proof to say.
    expect(await login(tunnelOnlyLine(key.publicKey, closedPort), closedPort)).toBe('in');
    expect(await login(narrow, closedPort)).toBe('noForwarding');
    expect(await login(`no-such-option ${key.publicKey}`, gatewayPort)).toBe('narrow');
    expect(await login('', gatewayPort, { isNarrow: false })).toBe('refused');
    expect(await login('', gatewayPort, { isLocked: true })).toBe('locked');
  });
});
