import type { Duplex } from 'node:stream';

/** What carries channels over one session of `ssh`. */
export type Carrier = {
  /** Rejects with a ChannelRefused, or another Error when the session is over. */
  openForward(port: number): Promise<Duplex>;
  /** A question to the server and back. */
  askServer(): Promise<void>;
  exec(command: string, output: ExecOutput): Promise<{ readonly cancel: () => void }>;
  /** Once, when it can carry nothing any more. Channels end only with abandon(). */
  onDidClose(listener: () => void): void;
  /** Ends all channels. */
  abandon(): void;
};

export type ExecOutput = {
  readonly stdout: (chunk: Buffer) => void;
  readonly stderr: (chunk: Buffer) => void;
  /** Null where the command was killed, or the session ended. */
  readonly closed: (code: number | null) => void;
};

/** The server's refusal of a channel, with its reason code of RFC 4254 §5.1. */
export class ChannelRefused extends Error {
  readonly reason: number;
  constructor(reason: number, message: string) {
    super(message);
    this.name = 'ChannelRefused';
    this.reason = reason;
  }
}
