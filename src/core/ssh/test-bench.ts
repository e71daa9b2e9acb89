import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type Sshd, type SshdOptions, startSshd } from '../../../e2e/fixtures/sshd.ts';
import type { Answer } from '../../shared/contract/question.ts';
import { type AppError, AppErrorException } from '../../shared/errors.ts';
import type { AskQuestion, NewQuestion } from '../questions.ts';
import { connectSsh, type SshConnection, type SshConnectOptions } from './client.ts';

export type Connect = Partial<SshConnectOptions> & Pick<SshConnectOptions, 'port'>;

/** For tests alone: a home directory of its own, real servers, and everything closed after each test. */
export function makeSshBench() {
  const cleanups: (() => unknown)[] = [];
  const bench = {
    home: '',
    knownHosts: '',
    /** Runs after the test, the last one first. */
    defer: (cleanup: () => unknown) => void cleanups.push(cleanup),

    async server(options: SshdOptions = {}): Promise<Sshd> {
      const sshd = await startSshd(options);
      bench.defer(() => sshd.stop());
      return sshd;
    },

    trust(sshd: Sshd): void {
      writeFileSync(bench.knownHosts, `${sshd.hostKeyLine}\n`);
    },

    async connected(options: Connect): Promise<SshConnection> {
      const connection = await connectSsh({
        host: '127.0.0.1',
        ask: person().ask,
        signal: new AbortController().signal,
        homeDir: bench.home,
        env: {},
        ...options,
      });
      bench.defer(() => connection.close());
      return connection;
    },

    async refused(options: Connect): Promise<AppError> {
      try {
        await bench.connected(options);
      } catch (error) {
        if (error instanceof AppErrorException) return error.error;
        throw error;
      }
      throw new Error('it connected');
    },

    /** Listens on some port of 127.0.0.1; its sockets end with the test. */
    async listening(listener: Server): Promise<number> {
      const sockets = new Set<Socket>();
      listener.on('connection', (socket) => {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.once('close', () => sockets.delete(socket));
      });
      listener.listen(0, '127.0.0.1');
      await once(listener, 'listening');
      bench.defer(() => {
        for (const socket of sockets) socket.destroy();
        listener.close();
      });
      const address = listener.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      return address.port;
    },

    /** Sends a text through a forward to an echo server and reads it back. */
    async roundTrip(connection: SshConnection, text: string): Promise<string> {
      const port = await bench.listening(createServer((socket) => socket.pipe(socket)));
      const channel = await connection.forwardOut(port);
      channel.end(text);
      let received = '';
      for await (const chunk of channel) received += String(chunk);
      return received;
    },
  };

  beforeEach(() => {
    bench.home = mkdtempSync(join(tmpdir(), 'chela-home-'));
    mkdirSync(join(bench.home, '.ssh'), { mode: 0o700 });
    bench.knownHosts = join(bench.home, '.ssh', 'known_hosts');
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    rmSync(bench.home, { recursive: true, force: true });
  });
  return bench;
}

/** Answers in order; a question without an answer rejects, which fails the attempt. */
export function person(...answers: (Answer | (() => Promise<Answer>))[]) {
  const asked: NewQuestion[] = [];
  const ask: AskQuestion = async (question) => {
    asked.push(question);
    const answer = answers.shift();
    if (!answer) throw new Error(`unexpected question: ${JSON.stringify(question)}`);
    return typeof answer === 'function' ? answer() : answer;
  };
  return { ask, asked };
}

export const yes: Answer = { kind: 'hostKey', trust: true };
export const no: Answer = { kind: 'hostKey', trust: false };
export const passphrase = (text: string, remember = false): Answer => ({
  kind: 'passphrase',
  passphrase: text,
  remember,
});
export const password = (text: string, remember = false): Answer => ({
  kind: 'password',
  password: text,
  remember,
});
export const answers = (...texts: string[]): Answer => ({ kind: 'keyboardInteractive', answers: texts });
