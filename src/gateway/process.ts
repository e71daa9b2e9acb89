import { toAppError } from '../shared/errors.ts';
import { checkedOptions } from './check-options.ts';
import { startGateway } from './gateway.ts';
import type { GatewayOptions, RunningGateway } from './options.ts';
import { openParentChannel } from './parent-channel.ts';
import type { ChildMessage } from './process-messages.ts';

/**
 * A Gateway in a process of its own: a child of plain Node, or a utilityProcess of Electron. It waits for
 * `start`, answers, and stops on `stop`, on SIGTERM or when its parent is gone. Exit code 0 after a graceful
 * stop, 1 when it could not start, 64 when nobody started it. `own`: what cannot cross a process boundary.
 */
export function serveParent(own: Pick<GatewayOptions, 'writeConfig'> = {}): void {
  const channel = openParentChannel();
  if (channel === null) process.exit(64);

  const send = (message: ChildMessage) => channel.send(message);
  let gateway: Promise<RunningGateway> | null = null;

  /** A message that makes no sense is answered, and the next one may do better. */
  function begin(options: unknown): void {
    try {
      void start({ ...checkedOptions(options), ...own });
    } catch (thrown) {
      void send({ type: 'failed', error: toAppError(thrown) });
    }
  }

  async function start(options: GatewayOptions): Promise<void> {
    try {
      gateway = startGateway(options);
      const { url, port } = await gateway;
      await send({ type: 'started', url, port });
    } catch (thrown) {
      await send({ type: 'failed', error: toAppError(thrown) });
      process.exit(1);
    }
  }

  let isStopping = false;
  async function stop(reason?: string): Promise<void> {
    if (isStopping) return;
    isStopping = true;
    try {
      await (await gateway)?.stop(reason);
    } finally {
      await send({ type: 'stopped' });
      process.exit(0);
    }
  }

  channel.onMessage((message) => {
    const { type, options, reason } = Object(message) as Record<string, unknown>;
    if (type === 'stop') void stop(typeof reason === 'string' ? reason : undefined);
    else if (gateway === null) begin(type === 'start' ? options : undefined);
  });
  channel.onDisconnect(() => void stop());
  // Ctrl-C in a terminal reaches the parent and its children alike.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
}
