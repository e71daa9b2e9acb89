import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import {
  makeKey,
  type Sshd,
  type SshdOptions,
  startSshAgent,
  startSshd,
} from '../../../e2e/fixtures/sshd.ts';
import type { Answer } from '../../shared/contract/question.ts';
import { type AppError, AppErrorException } from '../../shared/errors.ts';
import type { AskQuestion, NewQuestion } from '../questions.ts';
import { connectSsh, type SshConnection, type SshConnectOptions } from './client.ts';

let home: string;
let knownHosts: string;
const cleanups: (() => unknown)[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'chela-home-'));
  mkdirSync(join(home, '.ssh'), { mode: 0o700 });
  knownHosts = join(home, '.ssh', 'known_hosts');
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  rmSync(home, { recursive: true, force: true });
});

/** Answers in order; a question without one fails the test. */
function person(...answers: (Answer | ((question: NewQuestion) => Answer | Promise<Answer>))[]) {
  const asked: NewQuestion[] = [];
  const ask: AskQuestion = async (question) => {
    asked.push(question);
    const answer = answers.shift();
    if (!answer) throw new Error(`unexpected question: ${JSON.stringify(question)}`);
    return typeof answer === 'function' ? answer(question) : answer;
  };
  return { ask, asked };
}
const yes: Answer = { kind: 'hostKey', trust: true };
const no: Answer = { kind: 'hostKey', trust: false };
const passphrase = (text: string): Answer => ({ kind: 'passphrase', passphrase: text });

async function server(options: SshdOptions = {}): Promise<Sshd> {
  const sshd = await startSshd(options);
  cleanups.push(() => sshd.stop());
  return sshd;
}
const trust = (sshd: Sshd) => writeFileSync(knownHosts, `${sshd.hostKeyLine}\n`);

type Connect = Partial<SshConnectOptions> & Pick<SshConnectOptions, 'port'>;

function connecting(options: Connect): Promise<SshConnection> {
  return connectSsh({
    host: '127.0.0.1',
    ask: person().ask,
    signal: new AbortController().signal,
    homeDir: home,
    env: {},
    ...options,
  });
}

async function connected(options: Connect): Promise<SshConnection> {
  const connection = await connecting(options);
  cleanups.push(() => connection.close());
  return connection;
}

async function refused(options: Connect): Promise<AppError> {
  try {
    await connected(options);
  } catch (error) {
    if (error instanceof AppErrorException) return error.error;
    throw error;
  }
  throw new Error('it connected');
}

/** An echo server on the far side of a forward. */
async function echoPort(): Promise<number> {
  const echo = createServer((socket) => socket.pipe(socket));
  return listening(echo);
}

async function listening(listener: Server): Promise<number> {
  const sockets = new Set<Socket>();
  listener.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function roundTrip(connection: SshConnection, text: string): Promise<string> {
  const channel = await connection.forwardOut(await echoPort());
  channel.end(text);
  let received = '';
  for await (const chunk of channel) received += String(chunk);
  return received;
}

describe('connectSsh: host keys (R6)', () => {
  it('asks about a host never seen, writes the line after a yes, and does not ask again', async () => {
    const sshd = await server();
    const { ask, asked } = person(yes);
    const first = await connected({ port: sshd.port, identityFile: sshd.clientKey, ask });
    expect(asked).toEqual([
      {
        kind: 'hostKey',
        host: '127.0.0.1',
        port: sshd.port,
        keyType: 'ssh-ed25519',
        fingerprint: sshd.hostFingerprint,
        knownHostsFile: knownHosts,
      },
    ]);
    expect(readFileSync(knownHosts, 'utf8')).toBe(`${sshd.hostKeyLine}\n`);
    expect(await roundTrip(first, 'through')).toBe('through');

    const second = await connected({ port: sshd.port, identityFile: sshd.clientKey });
    expect(await roundTrip(second, 'again')).toBe('again');
  });

  it('writes a line that ssh itself accepts under StrictHostKeyChecking', async () => {
    const sshd = await server();
    await connected({ port: sshd.port, identityFile: sshd.clientKey, ask: person(yes).ask });
    const strict = ['-o', 'StrictHostKeyChecking=yes', '-o', `UserKnownHostsFile=${knownHosts}`];
    const login = ['-o', 'BatchMode=yes', '-i', sshd.clientKey, '-p', String(sshd.port)];
    execFileSync('ssh', ['-F', 'none', ...strict, ...login, '-N', '-f', '127.0.0.1', 'true'], {
      stdio: 'ignore',
      timeout: 5000,
    });
  });

  it('does not connect after a no, and writes nothing', async () => {
    const sshd = await server();
    const error = await refused({ port: sshd.port, identityFile: sshd.clientKey, ask: person(no).ask });
    expect(error).toMatchObject({
      code: 'SSH_HOST_KEY_DECLINED',
      details: { host: '127.0.0.1', keyType: 'ssh-ed25519', fingerprint: sshd.hostFingerprint },
    });
    expect(() => readFileSync(knownHosts)).toThrow();
    expect(await sshd.readLog()).not.toContain('Accepted');
  });

  it('refuses a changed key without a question, with both fingerprints, file and line', async () => {
    const sshd = await server();
    const other = await makeKey({ type: 'ed25519', dir: join(home, 'other') });
    writeFileSync(knownHosts, `# mine\n[127.0.0.1]:${sshd.port} ${other.publicKey}\n`);
    const error = await refused({ port: sshd.port, identityFile: sshd.clientKey });
    expect(error).toMatchObject({
      code: 'SSH_HOST_KEY_CHANGED',
      retryable: false,
      details: {
        host: '127.0.0.1',
        expected: other.fingerprint,
        fingerprint: sshd.hostFingerprint,
        file: knownHosts,
        line: 2,
      },
    });
  });

  it('refuses a revoked key', async () => {
    const sshd = await server();
    writeFileSync(
      knownHosts,
      `${sshd.hostKeyLine}\n@revoked * ${sshd.hostKeyLine.split(' ').slice(1).join(' ')}\n`,
    );
    const error = await refused({ port: sshd.port, identityFile: sshd.clientKey });
    expect(error).toMatchObject({ code: 'SSH_HOST_KEY_REVOKED', details: { file: knownHosts, line: 2 } });
  });

  it('lets the server show the key that is known, whatever else it has', async () => {
    const sshd = await server({ hostKeyTypes: ['rsa', 'ed25519'] });
    trust(sshd);
    expect(readFileSync(knownHosts, 'utf8')).toContain('ssh-rsa');
    await connected({ port: sshd.port, identityFile: sshd.clientKey });
  });

  it('takes a host that no longer shows its known type for a changed one', async () => {
    const sshd = await server();
    const rsa = await makeKey({ type: 'rsa', dir: join(home, 'other') });
    writeFileSync(knownHosts, `[127.0.0.1]:${sshd.port} ${rsa.publicKey}\n`);
    const error = await refused({ port: sshd.port, identityFile: sshd.clientKey });
    expect(error).toMatchObject({ code: 'SSH_HOST_KEY_CHANGED', details: { expected: rsa.fingerprint } });
  });

  it('says when the line cannot be written', async () => {
    const sshd = await server();
    const blocked = join(home, 'blocked');
    writeFileSync(blocked, '');
    const files = { user: [join(blocked, 'known_hosts')], system: [] };
    const error = await refused({ port: sshd.port, knownHosts: files });
    expect(error).toMatchObject({ code: 'KNOWN_HOSTS_UNWRITABLE', details: { file: files.user[0] } });
  });

  it('waits for a person longer than its own timeout and longer than the server does', async () => {
    const sshd = await server({ extraConfig: ['LoginGraceTime 1'] });
    const { ask, asked } = person(async () => {
      // Connected later than the attempt, so hung up on later.
      const idle = connectTcp(sshd.port, '127.0.0.1');
      idle.resume();
      await once(idle, 'close');
      return yes;
    });
    const options = { port: sshd.port, identityFile: sshd.clientKey, ask, readyTimeoutMs: 900 };
    const connection = await connected(options);
    expect(asked).toHaveLength(1);
    expect(await roundTrip(connection, 'late')).toBe('late');
  });

  it('takes the question back when it is stopped', async () => {
    const sshd = await server();
    const stop = new AbortController();
    let withdrawn: AbortSignal | undefined;
    const ask: AskQuestion = (_question, signal) => {
      withdrawn = signal;
      queueMicrotask(() => stop.abort());
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const error = await refused({ port: sshd.port, ask, signal: stop.signal });
    expect(error.code).toBe('STOPPED');
    expect(withdrawn?.aborted).toBe(true);
  });
});

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
  /** As if the key were one of the usual ones. */
  const install = (name: string, as: string) => {
    const usual = join(home, '.ssh', as);
    writeFileSync(usual, readFileSync(keyFile(name)), { mode: 0o600 });
    return usual;
  };

  it.each(['ecdsa', 'rsa', 'rsa_pem', 'ecdsa_pkcs8'])('signs in with %s', async (name) => {
    await connected({ port: sshd.port, identityFile: keyFile(name) });
  });

  it.each(['locked', 'locked_pem', 'locked_pkcs8'])('asks for the passphrase of %s', async (name) => {
    const { ask, asked } = person(passphrase('open sesame'));
    await connected({ port: sshd.port, identityFile: keyFile(name), ask });
    expect(asked).toEqual([{ kind: 'passphrase', identityFile: keyFile(name), wrongBefore: false }]);
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
    cleanups.push(() => agent.stop());
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
    const error = await refused({ port: sshd.port, env: { SSH_AUTH_SOCK: join(home, 'nobody-home') } });
    expect(error).toMatchObject({ code: 'SSH_NO_KEY', details: { host: '127.0.0.1' } });
  });

  it('finds the usual files', async () => {
    install('stranger', 'id_ed25519');
    install('ecdsa', 'id_ecdsa');
    await connected({ port: sshd.port });
  });

  it.each(['agent_only', 'ecdsa', 'rsa'])('signs in with %s from the agent', async (name) => {
    const agent = await startSshAgent();
    cleanups.push(() => agent.stop());
    await agent.add(keyFile(name));
    await connected({ port: sshd.port, env: { SSH_AUTH_SOCK: agent.socket } });
  });

  it('has the agent sign for a picked key that is locked, or of which only the public half is here', async () => {
    const agent = await startSshAgent();
    cleanups.push(() => agent.stop());
    await agent.add(keyFile('agent_only'));
    const env = { SSH_AUTH_SOCK: agent.socket };
    await connected({ port: sshd.port, identityFile: `${keyFile('agent_only')}.pub`, env });
    const error = await refused({ port: sshd.port, identityFile: `${keyFile('rsa')}.pub`, env });
    expect(error).toMatchObject({ code: 'SSH_IDENTITY_UNREADABLE' });
  });

  it('offers only the picked key', async () => {
    const agent = await startSshAgent();
    cleanups.push(() => agent.stop());
    await agent.add(keyFile('agent_only'));
    install('ecdsa', 'id_ecdsa');
    const options = { port: sshd.port, env: { SSH_AUTH_SOCK: agent.socket } };
    const error = await refused({ ...options, identityFile: keyFile('stranger') });
    expect(error).toMatchObject({ code: 'SSH_AUTH_REFUSED', details: { offered: ['stranger'] } });
  });

  it('goes on without an agent that never answers', async () => {
    const silent = createServer(() => {});
    const socket = join(home, 'silent.sock');
    silent.listen(socket);
    await once(silent, 'listening');
    cleanups.push(() => silent.close());
    install('ecdsa', 'id_ecdsa');
    await connected({ port: sshd.port, env: { SSH_AUTH_SOCK: socket } });
  });

  it.each([
    ['absent', () => join(home, 'absent'), /no such file/],
    ['a directory', () => home, /not a file/],
    ['something else', () => knownHosts, /not a private key/],
  ])('says why a picked file cannot be used: %s', async (_name, file, reason) => {
    const error = await refused({ port: sshd.port, identityFile: file() });
    expect(error).toMatchObject({ code: 'SSH_IDENTITY_UNREADABLE', details: { file: file() } });
    expect(error.details?.reason).toMatch(reason);
  });

  it('reads ~ in a picked path', async () => {
    install('ecdsa', 'mine');
    await connected({ port: sshd.port, identityFile: '~/.ssh/mine' });
  });

  it('unlocks apart from the event loop', async () => {
    let longestMs = 0;
    let last = performance.now();
    const watch = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }, 1);
    const started = performance.now();
    await connected({
      port: sshd.port,
      identityFile: keyFile('locked'),
      ask: person(passphrase('open sesame')).ask,
    });
    const tookMs = performance.now() - started;
    clearInterval(watch);
    // The key derivation is nearly all of it.
    expect(longestMs).toBeLessThan(tookMs * 0.7);
  });
});

describe('connectSsh: what can be wrong on the way (R6)', () => {
  const answering = (answer: (socket: Socket) => void) => listening(createServer(answer));

  it('a name that nobody has', async () => {
    const error = await refused({ port: 22, host: 'no-such-host.invalid' });
    expect(error).toMatchObject({ code: 'SSH_HOST_NOT_FOUND', details: { host: 'no-such-host.invalid' } });
  });

  it('a port that nothing listens on', async () => {
    const port = await freePort();
    const error = await refused({ port });
    expect(error).toMatchObject({
      code: 'SSH_REFUSED',
      retryable: true,
      details: { host: '127.0.0.1', port },
    });
  });

  it('a web server', async () => {
    const port = await answering((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'));
    });
    expect(await refused({ port })).toMatchObject({ code: 'SSH_NOT_SSH', details: { port } });
  });

  it('something that talks binary', async () => {
    const port = await answering((socket) => socket.end(Buffer.alloc(9000, 0x15)));
    expect(await refused({ port })).toMatchObject({ code: 'SSH_NOT_SSH' });
  });

  it('something that hangs up at once', async () => {
    const port = await answering((socket) => socket.end());
    expect(await refused({ port })).toMatchObject({ code: 'SSH_CLOSED', retryable: true });
  });

  it('a server that is full', async () => {
    const port = await answering((socket) => socket.end('Exceeded MaxStartups\r\n'));
    expect(await refused({ port })).toMatchObject({
      code: 'SSH_CLOSED',
      details: { reason: 'Exceeded MaxStartups' },
    });
  });

  it('something that says nothing', async () => {
    const port = await answering(() => {});
    const error = await refused({ port, readyTimeoutMs: 200 });
    expect(error).toMatchObject({ code: 'SSH_TIMEOUT', details: { host: '127.0.0.1', port, seconds: 1 } });
  });

  it('a server with other key exchanges', async () => {
    const sshd = await server({ extraConfig: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'] });
    const error = await refused({ port: sshd.port });
    expect(error).toMatchObject({
      code: 'SSH_KEX_FAILED',
      details: { reason: 'sntrup761x25519-sha512@openssh.com' },
    });
  });

  it('a server with other ciphers', async () => {
    const sshd = await server({ extraConfig: ['Ciphers aes256-cbc'] });
    const error = await refused({ port: sshd.port });
    expect(error).toMatchObject({ code: 'SSH_KEX_FAILED', details: { reason: 'aes256-cbc' } });
  });

  it('a server that dies in the middle', async () => {
    const sshd = await server();
    const { ask } = person(async () => {
      await sshd.kill();
      return yes;
    });
    const error = await refused({ port: sshd.port, identityFile: sshd.clientKey, ask });
    // Depends on whether the news of its end or the answer came first.
    expect(['SSH_REFUSED', 'SSH_CLOSED']).toContain(error.code);
    expect(error.retryable).toBe(true);
  });
});

describe('an SSH session (R6)', () => {
  it('says what a forward meets: nothing there, and not allowed', async () => {
    const sshd = await server();
    trust(sshd);
    const connection = await connected({ port: sshd.port, identityFile: sshd.clientKey });
    const port = await freePort();
    await expect(connection.forwardOut(port)).rejects.toMatchObject({
      error: { code: 'FORWARD_NOTHING_LISTENING', details: { host: '127.0.0.1', port } },
    });

    const closed = await server({ allowTcpForwarding: false });
    trust(closed);
    const strict = await connected({ port: closed.port, identityFile: closed.clientKey });
    await expect(strict.forwardOut(port)).rejects.toMatchObject({ error: { code: 'FORWARD_PROHIBITED' } });
  });

  it('tells once that it was lost, and opens nothing after that', async () => {
    const sshd = await server();
    trust(sshd);
    const connection = await connected({ port: sshd.port, identityFile: sshd.clientKey });
    const reasons: AppError[] = [];
    connection.onDidClose((reason) => reasons.push(reason));
    await sshd.kill();
    await expect.poll(() => reasons.length).toBe(1);
    expect(reasons[0]).toMatchObject({ code: 'SSH_CLOSED', retryable: true, details: { host: '127.0.0.1' } });
    await expect(connection.forwardOut(1)).rejects.toMatchObject({ error: { code: 'SSH_CLOSED' } });
  });

  it('notices a server that has gone silent', async () => {
    const sshd = await server();
    trust(sshd);
    const options = { port: sshd.port, identityFile: sshd.clientKey, keepaliveIntervalMs: 50 };
    const connection = await connected(options);
    cleanups.push(() => sshd.resume());
    const closed = new Promise<AppError>((resolve) => connection.onDidClose(resolve));
    sshd.pause();
    expect((await closed).code).toBe('SSH_CLOSED');
  });

  it('goes on when the server changes keys, and encrypts with AES-GCM', async () => {
    const sshd = await server({ extraConfig: ['RekeyLimit 1M', 'LogLevel DEBUG1'] });
    trust(sshd);
    const connection = await connected({ port: sshd.port, identityFile: sshd.clientKey });
    const text = 'x'.repeat(4 * 1024 * 1024);
    expect((await roundTrip(connection, text)).length).toBe(text.length);
    const log = await sshd.readLog();
    expect(log.split('KEXINIT received').length).toBeGreaterThan(2);
    expect(log).toMatch(/cipher: aes128-gcm@openssh\.com/);
  });
});
