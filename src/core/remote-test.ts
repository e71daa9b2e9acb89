import type { Credentials } from '../shared/config/effective.ts';
import type { SshTarget } from '../shared/connection/ssh-target.ts';
import type { TestReport } from '../shared/contract/requests.ts';
import { type AppError, appError } from '../shared/errors.ts';
import { err, ok, type Result } from '../shared/result.ts';
import { createMemoryDeviceTokens } from './device/device-tokens.ts';
import type { GatewayAddress } from './link/dial.ts';
import { createGatewayLink, type GatewayLink, type GatewayLinkOptions } from './link/gateway-link.ts';
import { createTunnel, type Tunnel, type TunnelOptions } from './tunnel/tunnel.ts';

export type RemoteTest = {
  target: SshTarget;
  identityFile: string | null;
  gatewayPort: number;
  credentials: Credentials;
  tunnel: Pick<TunnelOptions, 'ask' | 'unlockedKeys' | 'homeDir' | 'env' | 'connect'>;
  link: Pick<GatewayLinkOptions, 'device' | 'version' | 'clock' | 'random'>;
};

/**
 * Climbs SSH, forward and handshake once, on a port of its own, apart from the running connection. No stored
 * device token is used, so that a wrong token shows. Nothing is left behind.
 */
export async function testRemote(test: RemoteTest, signal: AbortSignal): Promise<Result<TestReport>> {
  const tunnel = createTunnel({
    ...test.tunnel,
    target: test.target,
    ...(test.identityFile !== null && { identityFile: test.identityFile }),
    remotePort: test.gatewayPort,
    localPort: 0,
    retry: false,
  });
  let link: GatewayLink | null = null;
  try {
    const sshStarted = performance.now();
    const up = await reachable(tunnel, signal);
    if (!up.ok) return up;
    const sshMs = Math.round(performance.now() - sshStarted);

    const gatewayStarted = performance.now();
    link = createGatewayLink({
      ...test.link,
      url: `ws://127.0.0.1:${up.value.localPort}`,
      gatewayKey: 'test',
      credentials: test.credentials,
      deviceTokens: createMemoryDeviceTokens(),
      retry: false,
    });
    const hello = await greeted(link, () => tunnel.lastForwardError(), signal);
    if (!hello.ok) return hello;
    const gatewayMs = Math.round(performance.now() - gatewayStarted);
    return ok({ gatewayVersion: hello.value.version, authMethod: hello.value.authMethod, sshMs, gatewayMs });
  } finally {
    await link?.stop();
    await tunnel.stop();
  }
}

export type DirectTest = {
  address: GatewayAddress;
  credentials: Credentials;
  link: Pick<GatewayLinkOptions, 'device' | 'version' | 'clock' | 'random'>;
};

/** Dials and greets the Gateway's own address once (R24, R26). Like {@link testRemote}, without SSH. */
export async function testDirect(test: DirectTest, signal: AbortSignal): Promise<Result<TestReport>> {
  const started = performance.now();
  const link = createGatewayLink({
    ...test.link,
    ...test.address,
    gatewayKey: 'test',
    credentials: test.credentials,
    deviceTokens: createMemoryDeviceTokens(),
    retry: false,
  });
  try {
    const hello = await greeted(link, () => null, signal);
    if (!hello.ok) return hello;
    const gatewayMs = Math.round(performance.now() - started);
    return ok({
      gatewayVersion: hello.value.version,
      authMethod: hello.value.authMethod,
      sshMs: null,
      gatewayMs,
    });
  } finally {
    await link.stop();
  }
}

/** Waits for the first state that settles the matter, or for the signal. */
function settled<S, T>(
  source: { state(): S; onDidChange(listener: () => void): () => void },
  read: (state: S) => Result<T> | null,
  signal: AbortSignal,
): Promise<Result<T>> {
  return new Promise((resolve) => {
    const finish = (result: Result<T>) => {
      stop();
      signal.removeEventListener('abort', abort);
      resolve(result);
    };
    const look = () => {
      const result = read(source.state());
      if (result) finish(result);
    };
    const abort = () => finish(err(appError('STOPPED', 'the test was stopped')));
    const stop = source.onDidChange(look);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    else look();
  });
}

async function reachable(tunnel: Tunnel, signal: AbortSignal): Promise<Result<{ localPort: number }>> {
  void tunnel.start();
  return settled(
    tunnel,
    (state) => {
      if (state.tag === 'up') return ok({ localPort: state.localPort });
      if (state.tag === 'failed' || state.tag === 'backingOff') return err(state.error);
      return null;
    },
    signal,
  );
}

async function greeted(
  link: GatewayLink,
  lostBelow: () => AppError | null,
  signal: AbortSignal,
): Promise<Result<{ version: string; authMethod: string }>> {
  /** The far side of the tunnel knows better why nobody answered. */
  const better = (error: AppError) => lostBelow() ?? error;
  link.start();
  return settled(
    link,
    (state) => {
      if (state.tag === 'open') return ok({ version: state.version, authMethod: state.authMethod });
      if (state.tag === 'failed' || state.tag === 'waiting') return err(better(state.error));
      return null;
    },
    signal,
  );
}
