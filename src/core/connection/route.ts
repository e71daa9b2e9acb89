import {
  type ConnectionState,
  connectionStateOf,
  type LinkPhase,
  type TransportPhase,
} from '../../shared/connection/connection-state.ts';
import { kindOfGateway } from '../../shared/connection/gateway-kind.ts';
import type { TunnelState } from '../../shared/connection/tunnel-state.ts';
import type { GatewayInfo, Health, SshDetails } from '../../shared/contract/snapshot.ts';
import type { AppError } from '../../shared/errors.ts';
import type { HealthMonitor } from '../health/monitor.ts';
import type { GatewayLink } from '../link/gateway-link.ts';
import type { HelloFacts } from '../link/hello.ts';
import { restartNoticeOf } from '../link/restart-notice.ts';
import { createListeners } from '../listeners.ts';
import type { SshConnection } from '../ssh/connection.ts';
import type { Route } from './coordinator.ts';
import type { Transport } from './transport.ts';

export type RouteState = {
  connection: ConnectionState;
  tunnel: TunnelState;
  /** Set once a link was open through it; `epoch` grows each time the transport came back. */
  endpoint: { url: string; epoch: number } | null;
  /** Of the Gateway that the link was opened to last; null before the first. */
  gatewayKey: string | null;
  gateway: GatewayInfo | null;
  health: Health | null;
  /** What the state above was computed from, for the lamps. */
  phases: { transport: TransportPhase; link: LinkPhase };
  forwardError: AppError | null;
  ssh: SshDetails | null;
};

export type GatewayRoute = Route & {
  state(): RouteState;
  onDidChange(listener: () => void): () => void;
  /** Skips every countdown, or leaves a permanent failure to try again. */
  retryNow(): void;
  /** The link, for requests; null while there is none. */
  link(): GatewayLink | null;
  checkHealth(): Promise<Health> | null;
  /** The network may have changed, or the computer woke up. */
  probeNow(): void;
  /** The SSH session, for a command on the host; null while there is none. */
  sshConnection(): SshConnection | null;
  /** The Gateway is this computer's, and somebody else started it. */
  isAttached(): boolean;
};

export type RouteParts = {
  transport: Transport;
  /** `isAttached`: see {@link GatewayRoute}. */
  makeLink: (url: string, isAttached: boolean) => GatewayLink;
  /** Names its Gateway; see `gatewayKeyOf`. */
  keyOf: (isAttached: boolean) => string;
  makeHealth: (link: GatewayLink) => HealthMonitor;
  kind: GatewayInfo['kind'];
};

/**
 * One way to a Gateway: a transport, the operator link over it, and its health. The link starts when the
 * transport is first up, is hurried when it comes back, and outlives its drops. Where another Gateway comes in the place
 * of the first, on this computer, it gets a link of its own.
 */
export function createGatewayRoute({
  transport,
  makeLink,
  keyOf,
  makeHealth,
  kind,
}: RouteParts): GatewayRoute {
  const changes = createListeners<void>();
  let link: GatewayLink | null = null;
  let health: HealthMonitor | null = null;
  let lastUpMark: number | null = null;
  let epoch = 0;
  let wasOpen = false;
  let isLinkAttached = false;
  let gatewayKey: string | null = null;
  let lastLoss: { attempt: number; error: AppError } | null = null;
  /** A permanent refusal of the transport's far side: the link is stopped and this stands in its place. */
  let refused: AppError | null = null;
  let stopping = false;

  function isAttached(): boolean {
    return transport.localRun?.()?.startedBy === 'another';
  }

  /** What is known of the Gateway itself, of a local one also who runs it. */
  function describeGateway({ version, mainSessionKey }: HelloFacts): GatewayInfo {
    const local = transport.localRun?.() ?? null;
    return {
      version,
      mainSessionKey,
      kind: local?.startedBy === 'another' ? kindOfGateway(version) : kind,
      ...(local && { local }),
    };
  }

  function dropLink(): Promise<void> {
    const old = link;
    link = null;
    health?.stop();
    health = null;
    return old?.stop() ?? Promise.resolve();
  }

  function openLink(url: string): void {
    refused = null;
    isLinkAttached = isAttached();
    gatewayKey = keyOf(isLinkAttached);
    const made = makeLink(url, isLinkAttached);
    link = made;
    health = makeHealth(made);
    health.onDidChange(changes.announce);
    made.onDidChange(() => link === made && onLinkChange(made));
    made.onEvent((event) => {
      const notice = link === made ? restartNoticeOf(event) : null;
      if (notice) transport.restartAnnounced?.(notice);
    });
    made.start();
  }

  function onTransportChange(): void {
    if (stopping) return;
    const phase = transport.phase();
    const tunnel = transport.tunnelState();
    // A second connection that won its race carries on under a new `sinceMs`; the streams of the first are gone.
    const upMark = phase.tag !== 'up' ? null : tunnel.tag === 'up' ? tunnel.sinceMs : 0;
    if (phase.tag === 'backingOff') lastLoss = { attempt: phase.attempt, error: phase.error };
    const url = transport.url();
    if (upMark !== null && upMark !== lastUpMark && url !== null) {
      epoch += 1;
      if (link && isLinkAttached === isAttached()) {
        link.retryNow();
      } else {
        void dropLink();
        openLink(url);
      }
    }
    lastUpMark = upMark;
    changes.announce();
  }

  function onLinkChange(current: GatewayLink): void {
    if (stopping) return;
    const state = current.state();
    if (state.tag === 'open') {
      wasOpen = true;
      lastLoss = null;
      health?.start();
    } else {
      health?.stop();
    }
    if (state.tag === 'waiting') {
      const error = reasonFor(state.error);
      lastLoss = { attempt: state.attempt, error };
      transport.linkLost?.();
      if (!error.retryable) {
        refused = error;
        void dropLink();
      }
    }
    changes.announce();
  }

  function linkPhase(): LinkPhase {
    if (refused) return { tag: 'failed', error: refused };
    const state = link?.state();
    if (!state) return { tag: 'closed' };
    if (state.tag === 'waiting') return { ...state, error: reasonFor(state.error) };
    return state;
  }

  /** A forward that finds nobody says less than a Gateway that announced it would be away. */
  function reasonFor(error: AppError): AppError {
    return error.code === 'GATEWAY_RESTARTING' ? error : (transport.refusal() ?? error);
  }

  return {
    start() {
      transport.onDidChange(onTransportChange);
      transport.start();
      onTransportChange();
    },
    async stop() {
      stopping = true;
      changes.clear();
      await dropLink();
      await transport.stop();
    },
    onDidChange: changes.add,
    link: () => link,
    checkHealth: () => health?.check() ?? null,
    sshConnection: transport.sshConnection,
    isAttached,
    probeNow() {
      transport.probeNow();
      // A permanent refusal does not change because the network did.
      if (transport.phase().tag === 'up' && link?.state().tag === 'waiting') link.retryNow();
    },
    retryNow() {
      const { tag } = transport.phase();
      if (tag === 'backingOff' || tag === 'failed') return transport.retryNow();
      const url = transport.url();
      if (refused && url !== null) {
        openLink(url);
        changes.announce();
      } else {
        link?.retryNow();
      }
    },
    state() {
      const phase = linkPhase();
      const transportPhase = transport.phase();
      const open = link?.state();
      const url = transport.url();
      return {
        phases: { transport: transportPhase, link: phase },
        forwardError: transport.refusal(),
        ssh: transport.sshDetails(),
        connection: connectionStateOf({
          transport: transportPhase,
          link: phase,
          healthError: health?.last()?.error ?? null,
          lastLoss,
        }),
        tunnel: transport.tunnelState(),
        endpoint: wasOpen && url !== null ? { url, epoch } : null,
        gatewayKey,
        gateway: open?.tag === 'open' ? describeGateway(open) : null,
        health: health?.last() ?? null,
      };
    },
  };
}
