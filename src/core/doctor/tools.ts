import { lookup as systemLookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { networkInterfaces as systemInterfaces } from 'node:os';
import type { SshTarget } from '../../shared/connection/ssh-target.ts';
import { AppErrorException, appError } from '../../shared/errors.ts';
import { type Clock, systemClock } from '../clock.ts';
import { createGatewayLink } from '../link/gateway-link.ts';
import type { AskQuestion } from '../questions.ts';
import { connectSsh, type SshConnection, type UnlockedKeys } from '../ssh/client.ts';
import type { SshEngine } from '../tunnel/tunnel.ts';
import { resolveSshRoute, type SshRoute } from './ssh-route.ts';

type OpenSsh = {
  readonly ask: AskQuestion;
  readonly signal: AbortSignal;
  /** `hostKey` when the connection is made, `authentication` when the key is trusted. */
  readonly onStep: (step: string) => void;
};

/** How the doctor touches the world, so that a test may give it another one. */
export type DoctorTools = {
  readonly networkInterfaces: typeof systemInterfaces;
  /** Every address of a name. Rejects with the resolver's error. */
  readonly lookup: (host: string) => Promise<readonly string[]>;
  /** Resolves with a paused, connected socket. Rejects with the system's error. */
  readonly connectTcp: (to: { host: string; port: number; signal: AbortSignal }) => Promise<Socket>;
  readonly resolveTarget: (target: SshTarget) => Promise<SshRoute>;
  /** A session of the doctor's own to the plan's target, by the same rules as the running connection's. */
  readonly openSsh: (options: OpenSsh) => Promise<SshConnection>;
  readonly createLink: typeof createGatewayLink;
  readonly clock: Clock;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonicNow: () => number;
  readonly random: () => number;
  readonly platform: NodeJS.Platform;
};

export type SshMaterials = {
  readonly target: SshTarget;
  readonly identityFile: string | null;
  readonly homeDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly unlockedKeys: UnlockedKeys;
  /** The running connection's engine; the built-in one when absent. */
  readonly connect?: SshEngine;
};

/** The real ones. `ssh`: what the running connection is made of; null where there is none. */
export function systemDoctorTools(ssh: SshMaterials | null, clock: Clock = systemClock): DoctorTools {
  return {
    networkInterfaces: systemInterfaces,
    lookup: async (host) => (await systemLookup(host, { all: true })).map(({ address }) => address),
    connectTcp,
    resolveTarget: (target) => resolveSshRoute(target, { homeDir: ssh?.homeDir ?? '', env: ssh?.env ?? {} }),
    openSsh: ({ ask, signal, onStep }) => {
      if (ssh === null) throw new AppErrorException(appError('SSH_TARGET_MISSING', 'no SSH target'));
      const {
        target,
        identityFile,
        homeDir,
        env,
        unlockedKeys: unlocked,
        connect: connectWithEngine = connectSsh,
      } = ssh;
      return connectWithEngine({
        ...target,
        ...(identityFile !== null && { identityFile }),
        ask,
        signal,
        onStep,
        clock,
        homeDir,
        env,
        unlocked,
      });
    },
    createLink: createGatewayLink,
    clock,
    monotonicNow: () => performance.now(),
    random: Math.random,
    platform: process.platform,
  };
}

function connectTcp({ host, port, signal }: Parameters<DoctorTools['connectTcp']>[0]): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const abort = () => socket.destroy(new Error('stopped'));
    signal.addEventListener('abort', abort, { once: true });
    const settle = (run: () => void) => {
      signal.removeEventListener('abort', abort);
      run();
    };
    socket.once('error', (error) => settle(() => reject(error)));
    socket.once('connect', () =>
      settle(() => {
        socket.pause();
        socket.removeAllListeners('error');
        // From here on its owner reads what happens from 'close'.
        socket.on('error', () => {});
        resolve(socket);
      }),
    );
    if (signal.aborted) abort();
  });
}
