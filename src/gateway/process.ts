import { toAppError } from '../shared/errors.ts';
import { startGateway } from './gateway.ts';
import { badConfig, type RunningGateway } from './options.ts';
import { openParentChannel } from './parent-channel.ts';
import { type ChildMessage, parentMessageSchema } from './process-messages.ts';

/**
 * A Gateway in a process of its own: a child of plain Node, or a utilityProcess of Electron. It waits for
 * `start`, answers, and stops on `stop`, on SIGTERM or when its parent is gone. Exit code 0 after a graceful
 * stop, 1 when it could not start, 64 when nobody started it.
 */
const channel = openParentChannel();
if (channel === null) process.exit(64);

const send = (message: ChildMessage) => channel.send(message);
let gateway: Promise<RunningGateway> | null = null;

async function start(options: Parameters<typeof startGateway>[0]): Promise<void> {
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

channel.onMessage((raw) => {
  const message = parentMessageSchema.safeParse(raw);
  if (!message.success) {
    void send({ type: 'failed', error: badConfig(message.error) });
  } else if (message.data.type === 'stop') {
    void stop(message.data.reason);
  } else if (gateway === null) {
    void start(message.data.options);
  }
});
channel.onDisconnect(() => void stop());
// Ctrl-C in a terminal reaches the parent and its children alike.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
