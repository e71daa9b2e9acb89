import type { ControlClient } from '../../core/instance/control-client.ts';
import type { ControlStatus } from '../../core/instance/control-protocol.ts';
import type { TunnelService } from '../../core/tunnel-service/tunnel-service.ts';
import { withRunning } from '../control/running.ts';
import type { CliContext } from '../frame/context.ts';
import { serviceHere } from './service-here.ts';

/** A person may have to look for a code; the change itself has its own limits. */
const CHANGE_WITHIN_MS = 30 * 60_000;
/** Systems are asked, and a port probed. */
export const LOOK_WITHIN_MS = 60_000;

/**
 * Gives `use` the persistent tunnel: that of the running Chela, which has the port to hand over and asks in its own
 * window, or one of this process. Ctrl+C stops a change between two steps and undoes it, so `use` always comes to its end.
 */
export async function withTunnelService(
  context: CliContext,
  use: (service: TunnelService) => Promise<number>,
): Promise<number> {
  // The signal stops a change in an orderly way; it must not cut the line to whoever makes it.
  const { signal } = new AbortController();
  return withRunning({ ...context, signal }, async (running) => {
    const service = running ? await serviceOf(running, context) : await serviceHere(context);
    const cancel = () => service.cancel();
    context.signal.addEventListener('abort', cancel);
    try {
      return await use(service);
    } finally {
      context.signal.removeEventListener('abort', cancel);
    }
  });
}

/** The same service in the running Chela. */
async function serviceOf(running: ControlClient, context: CliContext): Promise<TunnelService> {
  const listeners = new Set<() => void>();
  let status: ControlStatus | null = null;
  const hear = (next: ControlStatus) => {
    if (next.questions.length > 0 && next.questions.join() !== status?.questions.join()) {
      const what = next.questions.map((kind) => context.t(`control.question.${kind}`)).join(', ');
      context.out.note(context.t('control.asks', { what }));
    }
    status = next;
    for (const listener of listeners) listener();
  };
  const first = await running.watch(hear);
  if (first.ok) hear(first.value);
  return {
    status: () => running.request('tunnelService.status', {}, LOOK_WITHIN_MS),
    plan: (what, choices) => running.request('tunnelService.plan', { what, choices }, LOOK_WITHIN_MS),
    apply: (what, choices, id) =>
      running.request('tunnelService.apply', { what, choices, id }, CHANGE_WITHIN_MS),
    // Its line answers one request after the other, and the change that is to stop is one of them.
    cancel: () =>
      void withRunning(context, async (other) => {
        await other?.request('tunnelService.cancel', {});
      }),
    settle: (how) => running.request('tunnelService.settle', { how }, CHANGE_WITHIN_MS),
    control: (action) => running.request('tunnelService.control', { action }, LOOK_WITHIN_MS),
    log: (lines) => running.request('tunnelService.log', { lines }, LOOK_WITHIN_MS),
    run: () => status?.tunnelRun ?? null,
    onDidChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
