import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { makeKey } from '../../../../e2e/fixtures/sshd.ts';
import { passphrase, person } from '../test-bench.ts';
import { makeOpensshBench, noneWith, processesWith, until } from './test-bench.ts';

const bench = makeOpensshBench();
const orphan = fileURLToPath(new URL('./test-orphan.ts', import.meta.url));

/** Starts a program that connects, and resolves when it has said so. */
async function program(options: object, word: string) {
  const child = spawn(process.execPath, [orphan, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  bench.defer(() => child.kill('SIGKILL'));
  const [said] = await once(child.stdout, 'data');
  expect(String(said).trim()).toBe(word);
  return child;
}

describe('R6 the processes of the system’s ssh', () => {
  it('end when the program is killed, and their directory goes', async () => {
    const sshd = await bench.server();
    const knownHosts = { user: [bench.ssh.knownHosts], system: [] };
    const child = await program(
      { port: sshd.port, identityFile: sshd.clientKey, knownHosts, home: bench.ssh.home },
      'connected',
    );
    const mark = `-p\0${sshd.port}`;
    expect(processesWith(mark)).not.toEqual([]);
    const dir = directoryOf(mark);
    child.kill('SIGKILL');
    await noneWith(mark);
    await noneWith(dir);
    await until(() => !exists(dir), 'the directory went');
  });

  it('end when the program is killed while a person is asked', async () => {
    const locked = await makeKey({ type: 'ed25519', dir: bench.ssh.home, passphrase: 'sesame' });
    const sshd = await bench.server({ authorizedKeys: [locked.publicKey] });
    const knownHosts = { user: [bench.ssh.knownHosts], system: [] };
    const child = await program(
      { port: sshd.port, identityFile: locked.file, knownHosts, home: bench.ssh.home },
      'asked',
    );
    const dir = directoryOf(`-p\0${sshd.port}`);
    expect(processesWith(`${dir}/a`)).not.toEqual([]);
    child.kill('SIGKILL');
    await noneWith(dir);
    await until(() => !exists(dir), 'the directory went');
  });

  it('show no secret in their arguments and environments', async () => {
    const secret = `open-${crypto.randomUUID()}`;
    const token = `token-${crypto.randomUUID()}`;
    const home = bench.ssh.home;
    const locked = await makeKey({ type: 'ed25519', dir: home, passphrase: secret });
    const sshd = await bench.server({ authorizedKeys: [locked.publicKey] });
    const { ask } = person(passphrase('wrong'), passphrase(secret));
    const seen = new Set<string>();
    const watching = setInterval(() => {
      for (const place of [...processesWith(secret), ...processesWith(token)]) seen.add(place);
    }, 5);
    bench.defer(() => clearInterval(watching));
    await bench.connected({
      port: sshd.port,
      identityFile: locked.file,
      ask,
      env: { PATH: process.env.PATH, HOME: home, OPENCLAW_GATEWAY_TOKEN: token },
    });
    expect([...seen]).toEqual([]);
    expect(processesWith(secret)).toEqual([]);
  });

  it('leave no descriptor behind', async () => {
    const sshd = await bench.server();
    const descriptors = () => readdirSync('/proc/self/fd').length;
    const session = async () => {
      const connection = await bench.connected({ port: sshd.port, identityFile: sshd.clientKey });
      expect(await bench.ssh.roundTrip(connection, 'hello')).toBe('hello');
      await connection.close();
    };
    await session();
    const before = descriptors();
    for (let n = 0; n < 4; n++) await session();
    // The echo servers of the four stay until the test ends.
    await until(() => descriptors() <= before + 4, 'all descriptors closed');
  });

  it('leave nothing behind when an attempt fails or is stopped', async () => {
    const locked = await makeKey({ type: 'ed25519', dir: bench.ssh.home, passphrase: 'sesame' });
    const sshd = await bench.server({ authorizedKeys: [locked.publicKey] });
    const stop = new AbortController();
    let dir = '';
    const error = await bench.refused({
      port: sshd.port,
      identityFile: locked.file,
      signal: stop.signal,
      ask: (_question, signal) => {
        dir = directoryOf(`-p\0${sshd.port}`);
        stop.abort();
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    expect(error.code).toBe('STOPPED');
    await noneWith(dir);
    expect(exists(dir)).toBe(false);
  });
});

function exists(dir: string): boolean {
  try {
    readFileSync(`${dir}/ask`);
    return true;
  } catch {
    return false;
  }
}

/** From the command line of the process that has `mark` in it. */
function directoryOf(mark: string): string {
  const pid = processesWith(mark)[0]?.split(' ')[0];
  const found = /ControlPath=(\S+?)\/c\0/.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.[1];
  if (found === undefined) throw new Error('no control path');
  return found;
}
