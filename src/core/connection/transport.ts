import { assertNever } from '../../shared/assert-never.ts';
import type { TransportPhase } from '../../shared/connection/connection-state.ts';
import type { TunnelState } from '../../shared/connection/tunnel-state.ts';
import type { LocalRun, SshDetails } from '../../shared/contract/snapshot.ts';
import type { AppError } from '../../shared/errors.ts';
import type { RestartNotice } from '../link/restart-notice.ts';
import type { LocalGateway, LocalGatewayState } from '../local-gateway/local-gateway.ts';
import type { SshConnection } from '../ssh/connection.ts';
import type { Tunnel } from '../tunnel/tunnel.ts';

/** What carries the link's bytes to a Gateway, seen alike in both modes. */
export type Transport = {
  start(): void;
  stop(): Promise<void>;
  retryNow(): void;
  phase(): TransportPhase;
  /** The Gateway's WebSocket URL on this computer; null until it is known. */
  url(): string | null;
  tunnelState(): TunnelState;
  /** Why a socket that was accepted here came to nothing, where the transport knows better than the link. */
  refusal(): AppError | null;
  /** Null where no SSH is involved. */
  sshDetails(): SshDetails | null;
  /** The network may have changed, or the computer woke up: is the path still there? */
  probeNow(): void;
  /** The link over it ended: is its far end still there? Absent where the transport hears of that by itself. */
  linkLost?(): void;
  /** The Gateway goes in order to come back. Absent where that changes nothing. */
  restartAnnounced?(notice: RestartNotice): void;
  /** Which Gateway runs on this computer; null while none does, absent where the Gateway is elsewhere. */
  localRun?(): LocalRun | null;
  /** The session, for a command on the host; null while there is none. */
  sshConnection(): SshConnection | null;
  onDidChange(listener: () => void): () => void;
};

const withoutSsh = { sshDetails: () => null, probeNow: () => undefined, sshConnection: () => null };

export function tunnelTransport(tunnel: Tunnel): Transport {
  let port: number | null = null;
  /** Of the last session; a drop does not make the screen forget it. */
  let details: Pick<SshDetails, 'engine' | 'crypto'> | null = null;
  return {
    start: () => void tunnel.start(),
    stop: () => tunnel.stop(),
    retryNow: () => tunnel.retryNow(),
    phase: () => tunnelPhase(tunnel.state()),
    url() {
      const state = tunnel.state();
      if (state.tag === 'up') port = state.localPort;
      return port === null ? null : `ws://127.0.0.1:${port}`;
    },
    tunnelState: () => tunnel.state(),
    refusal: () => tunnel.lastForwardError(),
    sshDetails() {
      const connection = tunnel.connection();
      if (connection) details = { engine: connection.engine, crypto: connection.crypto };
      const sideForwards = tunnel
        .sideForwardStates()
        .map(({ localPort, error }) => ({ port: localPort, error }));
      return details && { ...details, sideForwards };
    },
    probeNow: () => tunnel.probeNow(),
    sshConnection: () => tunnel.connection(),
    onDidChange: (listener) => tunnel.onDidChange(() => listener()),
  };
}

export function localGatewayTransport(gateway: LocalGateway): Transport {
  let url: string | null = null;
  return {
    start: () => gateway.start(),
    stop: () => gateway.stop(),
    retryNow: () => gateway.retryNow(),
    restartAnnounced: (notice) => gateway.expectRestart(notice),
    phase: () => localGatewayPhase(gateway.state()),
    url() {
      const state = gateway.state();
      if (state.tag === 'running') url = state.url;
      return url;
    },
    tunnelState: () => ({ tag: 'stopped' }),
    refusal: () => null,
    ...withoutSsh,
    onDidChange: (listener) => gateway.onDidChange(() => listener()),
  };
}

/** The Gateway's own address: there is nothing to open first, and the link's dial does the judging (R24, R26). */
export function directTransport(url: string): Transport {
  let isStarted = false;
  return {
    start() {
      isStarted = true;
    },
    stop: () => Promise.resolve(),
    retryNow: () => undefined,
    phase: () => ({ tag: isStarted ? 'up' : 'off' }),
    url: () => url,
    tunnelState: () => ({ tag: 'stopped' }),
    refusal: () => null,
    ...withoutSsh,
    onDidChange: () => () => undefined,
  };
}

/** A plan that can't be carried out stands as a transport that has failed, so that one route fits all. */
export function refusedTransport(error: AppError): Transport {
  return {
    start: () => undefined,
    stop: () => Promise.resolve(),
    retryNow: () => undefined,
    phase: () => ({ tag: 'failed', error }),
    url: () => null,
    tunnelState: () => ({ tag: 'stopped' }),
    refusal: () => null,
    ...withoutSsh,
    onDidChange: () => () => undefined,
  };
}

function tunnelPhase(state: TunnelState): TransportPhase {
  switch (state.tag) {
    case 'stopped':
      return { tag: 'off' };
    case 'starting':
      return { tag: 'starting', step: state.step };
    case 'up':
      return { tag: 'up' };
    case 'backingOff':
    case 'failed':
      return state;
    default:
      return assertNever(state);
  }
}

function localGatewayPhase(state: LocalGatewayState): TransportPhase {
  switch (state.tag) {
    case 'stopped':
      return { tag: 'off' };
    case 'starting':
      return { tag: 'starting', step: 'localGateway' };
    case 'running':
      return { tag: 'up' };
    case 'backingOff':
    case 'failed':
      return state;
    default:
      return assertNever(state);
  }
}
