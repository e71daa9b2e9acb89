import { type AppError, AppErrorException, toAppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { createTunnelListener, type TunnelListener } from './listener.ts';

/** A port beside the Gateway's, as of a browser control service. */
export type SideForward = {
  /** On this computer's 127.0.0.1; 0 for any. */
  readonly localPort: number;
  /** On the remote host's own 127.0.0.1. */
  readonly remotePort: number;
};

export type SideForwardState = {
  /** The one that was asked for, until it listens. */
  readonly localPort: number;
  readonly remotePort: number;
  readonly isListening: boolean;
  /** Why it does not listen, or why its last connection found no far end. */
  readonly error: AppError | null;
};

export type SideForwards = {
  /** Tries every port that does not listen yet. Never rejects. */
  start(): Promise<void>;
  stop(): Promise<void>;
  setConnection(connection: SshConnection | null): void;
  states(): readonly SideForwardState[];
};

type Side = SideForward & {
  readonly listener: TunnelListener;
  port: number | null;
  error: AppError | null;
};

/** Each has its own listener and its own trouble; none of it touches the main forward. */
export function createSideForwards(
  wanted: readonly SideForward[],
  clock: Clock,
  onDidChange: () => void,
): SideForwards {
  const sides: Side[] = wanted.map((side) => ({
    ...side,
    listener: createTunnelListener(side.localPort, clock),
    port: null,
    error: null,
  }));
  let generation = 0;
  let connection: SshConnection | null = null;

  const note = (side: Side, error: AppError | null) => {
    if (side.error === error) return;
    side.error = error;
    onDidChange();
  };
  const connect = (side: Side) => {
    const through = connection;
    if (through === null) return side.listener.setOutlet(null);
    side.listener.setOutlet(async () => {
      try {
        const channel = await through.forwardOut(side.remotePort);
        if (connection === through) note(side, null);
        return channel;
      } catch (error) {
        const isForwarding = error instanceof AppErrorException && error.error.code.startsWith('FORWARD_');
        if (isForwarding && connection === through) note(side, error.error);
        throw error;
      }
    });
  };
  const listen = async (side: Side, mine: number) => {
    try {
      const port = await side.listener.start();
      if (mine !== generation) return await side.listener.stop();
      side.port = port;
      note(side, null);
      onDidChange();
    } catch (error) {
      if (mine === generation) note(side, toAppError(error));
    }
  };

  return {
    async start() {
      const mine = generation;
      await Promise.all(sides.filter((side) => side.port === null).map((side) => listen(side, mine)));
    },
    async stop() {
      generation++;
      connection = null;
      for (const side of sides) {
        side.port = null;
        side.error = null;
      }
      await Promise.all(sides.map((side) => side.listener.stop()));
    },
    setConnection(next) {
      connection = next;
      for (const side of sides) connect(side);
    },
    states: () =>
      sides.map((side) => ({
        localPort: side.port ?? side.localPort,
        remotePort: side.remotePort,
        isListening: side.port !== null,
        error: side.error,
      })),
  };
}
