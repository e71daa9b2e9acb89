import type { Duplex } from 'node:stream';
import type { AppError } from '../../shared/errors.ts';
import type { RemoteFiles } from './remote-files.ts';

export type ExecResult = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** One authenticated SSH session, whichever engine carries it. */
export type SshConnection = {
  readonly engine: 'builtin' | 'openssh';
  /** Of the built-in engine; null for the system's. */
  readonly crypto: 'native' | 'javascript' | null;
  /**
   * A stream to 127.0.0.1:`port` as the server sees it, half-closing like a socket. Rejects with an
   * AppErrorException: FORWARD_NOTHING_LISTENING, FORWARD_PROHIBITED, or SSH_CLOSED.
   */
  forwardOut(port: number): Promise<Duplex>;
  /** One question to the server and back, in milliseconds. Rejects when no answer came in `timeoutMs`. */
  ping(timeoutMs: number): Promise<number>;
  /** Runs one command on the host; each output is cut at 64 KiB. Rejects with an AppErrorException. */
  exec(command: string, options: { timeoutMs: number; signal?: AbortSignal }): Promise<ExecResult>;
  /**
   * The account's files over SFTP while `use` lasts, for a host that runs no command for it. Rejects with an AppErrorException where the
   * session is lost or it takes too long, with what `use` rejects with, and with an Error where there is no SFTP. Null: not by this engine.
   */
  readonly withFiles: (<T>(timeoutMs: number, use: (files: RemoteFiles) => Promise<T>) => Promise<T>) | null;
  /** Called once, before the streams end; at once when it is closed already. */
  onDidClose(listener: (reason: AppError) => void): () => void;
  /** Says goodbye and resolves when the socket is closed, at the latest after half a second. */
  close(): Promise<void>;
};
