import { AppErrorException, appError } from '../../shared/errors.ts';
import type { GatewayClock } from '../clock.ts';
import type { GatewayConfig, GatewayLogger } from '../options.ts';
import type { GatewayServer } from './server.ts';
import type { TailscaleClaim, TailscaleCli } from './tailscale-cli.ts';
import { createTailscaleGate } from './tailscale-gate.ts';

/** A daemon that is still starting up gets this long (doc). */
const DAEMON_WAIT_MS = 90_000;
const POLL_MS = 1_000;
/** A claim that was lost is made again after this long. */
const RECLAIM_MS = 5_000;

const starting = new Set(['NoState', 'Starting']);

/**
 * Puts the Gateway on the tailnet by Tailscale Serve (R3, R27): a listener of its own on loopback, and a claim that is
 * released when the returned function is called. Rejects with {@link AppErrorException}: SERVER_TAILSCALE_NEEDS_AUTH,
 * SERVER_BIND_INVALID, SERVER_TAILSCALE_FAILED.
 */
export async function startTailscaleServe(deps: {
  config: GatewayConfig;
  allowTailscale: boolean;
  cli: TailscaleCli;
  server: GatewayServer;
  clock: GatewayClock;
  logger: GatewayLogger;
}): Promise<() => Promise<void>> {
  const { config, cli, server, clock, logger } = deps;
  if (config.auth.mode === 'none') {
    throw new AppErrorException(
      appError('SERVER_TAILSCALE_NEEDS_AUTH', 'tailscale serve without authentication'),
    );
  }
  const { bind = 'loopback' } = config;
  if (bind !== 'loopback' && bind !== 'auto') {
    const reason = `tailscale serve needs gateway.bind "loopback", not "${bind}"`;
    throw new AppErrorException(appError('SERVER_BIND_INVALID', reason, { details: { reason } }));
  }
  const gate = createTailscaleGate(deps);
  const port = await server.listen([{ host: '127.0.0.1', isOptional: false }], 0, gate);
  const claim = () => cli.serve(`http://127.0.0.1:${port}`);

  let held: TailscaleClaim;
  try {
    await untilRunning(cli, clock);
    held = await claim();
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new AppErrorException(appError('SERVER_TAILSCALE_FAILED', reason, { details: { reason } }));
  }
  logger.info({ port }, 'tailscale serve is active');

  let isReleased = false;
  let cancelRetry = () => {};
  const watch = (current: TailscaleClaim) => {
    void current.ended.then((reason) => {
      if (isReleased) return;
      logger.warn({ reason }, 'tailscale serve was lost');
      cancelRetry = clock.after(RECLAIM_MS, again);
    });
  };
  const again = () => {
    claim().then(
      (fresh) => {
        held = fresh;
        if (isReleased) void fresh.release();
        else watch(fresh);
      },
      (thrown) => {
        logger.warn({ reason: String(thrown) }, 'tailscale serve is still lost');
        if (!isReleased) cancelRetry = clock.after(RECLAIM_MS, again);
      },
    );
  };
  watch(held);
  return async () => {
    isReleased = true;
    cancelRetry();
    await held.release();
  };
}

async function untilRunning(cli: TailscaleCli, clock: GatewayClock): Promise<void> {
  const deadline = clock.now() + DAEMON_WAIT_MS;
  for (;;) {
    const state = await cli.backendState();
    if (state === 'Running') return;
    if (!starting.has(state) || clock.now() >= deadline) throw new Error(`Tailscale is ${state}`);
    await new Promise<void>((resolve) => clock.after(POLL_MS, resolve));
  }
}
