import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { type AppError, AppErrorException, appError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { type Destination, describeLoss } from './failures.ts';

export type SshConnection = {
  /**
   * A stream to 127.0.0.1:`port` as the server sees it, half-closing like a socket. Rejects with an
   * AppErrorException: FORWARD_NOTHING_LISTENING, FORWARD_PROHIBITED, or SSH_CLOSED.
   */
  forwardOut(port: number): Promise<Duplex>;
  /** Called once, before the streams end; at once when it is closed already. */
  onDidClose(listener: (reason: AppError) => void): () => void;
  /** Says goodbye and resolves when the socket is closed, at the latest after half a second. */
  close(): Promise<void>;
};

const goodbyeMs = 500;

/** `client` is authenticated. From here on it belongs to the session. */
export function openSession(client: Client, socket: Socket, where: Destination, clock: Clock): SshConnection {
  const listeners = new Set<(reason: AppError) => void>();
  let closedBy: AppError | null = null;

  const finish = (reason: AppError) => {
    if (closedBy) return;
    closedBy = reason;
    for (const listener of listeners) listener(reason);
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

  return {
    forwardOut(port) {
      return new Promise((resolve, reject) => {
        const refuse = (error: AppError) => reject(new AppErrorException(error));
        if (closedBy) return refuse(describeLoss(closedBy.message, where));
        try {
          client.forwardOut('127.0.0.1', 0, '127.0.0.1', port, (error, channel) => {
            if (error) return refuse(describeChannelError(error, where, port));
            // A write that meets the other side's close is not news.
            channel.on('error', () => {});
            resolve(channel);
          });
        } catch (error) {
          refuse(describeLoss(error instanceof Error ? error.message : '', where));
        }
      });
    },
    onDidClose(listener) {
      if (closedBy) {
        listener(closedBy);
        return () => {};
      }
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
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

/** Reason codes: RFC 4254 §5.1. */
function describeChannelError(error: Error, where: Destination, port: number): AppError {
  const reason = 'reason' in error ? error.reason : undefined;
  const details = { host: where.host, port };
  if (reason === 2) return appError('FORWARD_NOTHING_LISTENING', error.message, { details });
  if (reason === 1 || reason === 3) return appError('FORWARD_PROHIBITED', error.message, { details });
  return describeLoss(error.message, where);
}
