import type { Client, ClientChannel } from 'ssh2';
import { type AppError, AppErrorException, appError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { Carrier } from './carrier.ts';
import type { ExecResult, SshConnection } from './connection.ts';
import { type Destination, describeLoss, describeTimeout } from './failures.ts';
import { openRemoteFiles } from './remote-files.ts';
import { readSsh2Facts } from './ssh2-facts.ts';
import type { Tuning } from './tuning.ts';

export type SessionOptions = {
  /** Authenticated. From here on it belongs to the session. */
  readonly client: Client;
  readonly socket: Carrier;
  readonly where: Destination;
  readonly clock: Clock;
  readonly tuning: Tuning;
};

const goodbyeMs = 500;

/** The built-in engine's session. */
export function openSession({ client, socket, where, clock, tuning }: SessionOptions): SshConnection {
  const listeners = new Set<(reason: AppError) => void>();
  let closedBy: AppError | null = null;

  const finish = (reason: AppError) => {
    if (closedBy) return;
    closedBy = reason;
    for (const listener of [...listeners]) listener(reason);
    listeners.clear();
  };
  const lose = (reason: string) => {
    finish(describeLoss(reason, where));
    socket.destroy();
  };
  // ssh2 throws when a stream is written to after any of these, so the news goes out in the same tick.
  client.on('error', (error: Error) => lose(error.message));
  client.on('end', () => lose(''));
  client.on('close', () => lose(''));

  const onDidClose: SshConnection['onDidClose'] = (listener) => {
    if (closedBy) {
      listener(closedBy);
      return () => {};
    }
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const loss = () => describeLoss(closedBy?.message ?? '', where);

  return {
    engine: 'builtin',
    crypto: readSsh2Facts().crypto,
    forwardOut(port) {
      return new Promise((resolve, reject) => {
        const refuse = (error: AppError) => reject(new AppErrorException(error));
        if (closedBy) return refuse(loss());
        try {
          client.forwardOut('127.0.0.1', 0, '127.0.0.1', port, (error, channel) => {
            if (error) return refuse(describeChannelError(error, where, port));
            // A write that meets the other side's close is not news.
            channel.on('error', () => {});
            tuning.widenWindow(channel);
            resolve(channel);
          });
        } catch (error) {
          refuse(describeLoss(error instanceof Error ? error.message : '', where));
        }
      });
    },
    ping(timeoutMs) {
      return new Promise((resolve, reject) => {
        const startedAt = performance.now();
        let before = flowOf(socket);
        let cancel = () => {};
        let unlisten = () => {};
        const settle = (done: () => void) => {
          cancel();
          unlisten();
          done();
        };
        const fail = (error: AppError) => settle(() => reject(new AppErrorException(error)));
        // A question behind megabytes of somebody's upload is answered late; bytes that move are a sign of life.
        const look = () => {
          const now = flowOf(socket);
          if (!hasMoved(before, now)) return fail(describeTimeout(where, timeoutMs));
          before = now;
          cancel = clock.after(timeoutMs, look);
        };
        if (closedBy) return fail(loss());
        cancel = clock.after(timeoutMs, look);
        unlisten = onDidClose(fail);
        const answered = (lost: boolean) =>
          lost ? fail(loss()) : settle(() => resolve(performance.now() - startedAt));
        try {
          tuning.ask(answered);
        } catch (error) {
          fail(describeLoss(error instanceof Error ? error.message : '', where));
        }
      });
    },
    exec(command, { timeoutMs, signal }) {
      return new Promise((resolve, reject) => {
        let stream: ClientChannel | null = null;
        let cancel = () => {};
        let unlisten = () => {};
        let isOver = false;
        const settle = (done: () => void) => {
          if (isOver) return;
          isOver = true;
          cancel();
          unlisten();
          signal?.removeEventListener('abort', abort);
          done();
        };
        const fail = (error: AppError) =>
          settle(() => {
            stream?.close();
            reject(new AppErrorException(error));
          });
        const abort = () => fail(appError('STOPPED', 'the command was stopped'));
        if (signal?.aborted) return abort();
        if (closedBy) return fail(loss());
        signal?.addEventListener('abort', abort, { once: true });
        cancel = clock.after(timeoutMs, () => fail(describeTimeout(where, timeoutMs)));
        unlisten = onDidClose(fail);
        try {
          client.exec(command, (error, opened) => {
            if (error) return fail(describeChannelError(error, where, 0));
            stream = opened;
            opened.on('error', () => {});
            if (isOver) return opened.close();
            collectResult(opened, (result) => settle(() => resolve(result)));
          });
        } catch (error) {
          fail(describeLoss(error instanceof Error ? error.message : '', where));
        }
      });
    },
    async withFiles(timeoutMs, use) {
      const over = Promise.withResolvers<never>();
      // What comes too late is nobody's.
      over.promise.catch(() => {});
      const fail = (error: AppError) => over.reject(new AppErrorException(error));
      const cancel = clock.after(timeoutMs, () => fail(describeTimeout(where, timeoutMs)));
      const unlisten = onDidClose(() => fail(loss()));
      const opening = closedBy ? over.promise : openRemoteFiles(client);
      try {
        return await Promise.race([over.promise, opening.then(use)]);
      } finally {
        cancel();
        unlisten();
        opening.then((files) => files.close()).catch(() => {});
      }
    },
    onDidClose,
    close() {
      finish(appError('STOPPED', 'closed on this side'));
      if (socket.closed) return Promise.resolve();
      return new Promise((resolve) => {
        const cancel = clock.after(goodbyeMs, () => socket.destroy());
        socket.once('close', () => {
          cancel();
          resolve();
        });
        client.end();
        // end() does nothing on a socket that can't be written to any more.
        if (!socket.writable && !socket.writableEnded) socket.destroy();
      });
    },
  };
}

type Flow = { readonly received: number; readonly handedOver: number; readonly backlog: number };

function flowOf(socket: Carrier): Flow {
  const backlog = socket.writableLength;
  return { received: socket.bytesRead, handedOver: socket.bytesWritten - backlog, backlog };
}

/** The kernel takes more of a backlog only when the other side has acknowledged what it holds. */
function hasMoved(before: Flow, now: Flow): boolean {
  return now.received > before.received || (before.backlog > 0 && now.handedOver > before.handedOver);
}

const maxOutputBytes = 64 * 1024;

function collectResult(stream: ClientChannel, done: (result: ExecResult) => void): void {
  const stdout = collect(stream);
  const stderr = collect(stream.stderr);
  let code: number | null = null;
  stream.on('exit', (exitCode: number | null) => (code = exitCode ?? null));
  stream.once('close', () => done({ code, stdout: stdout(), stderr: stderr() }));
  stream.end();
}

function collect(from: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  from.on('data', (chunk: Buffer) => {
    const kept = chunk.subarray(0, maxOutputBytes - length);
    length += kept.length;
    if (kept.length > 0) chunks.push(kept);
  });
  return () => Buffer.concat(chunks).toString();
}

/** Reason codes: RFC 4254 §5.1. */
function describeChannelError(error: Error, where: Destination, port: number): AppError {
  const reason = 'reason' in error ? error.reason : undefined;
  const details = { host: where.host, port };
  if (reason === 2) return appError('FORWARD_NOTHING_LISTENING', error.message, { details });
  if (reason === 1 || reason === 3) return appError('FORWARD_PROHIBITED', error.message, { details });
  return describeLoss(error.message, where);
}
