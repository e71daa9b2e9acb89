import type { ControlClient } from '../../core/instance/control-client.ts';
import type { ControlParams, ControlResult } from '../../core/instance/control-protocol.ts';
import type { TunnelRun, tunnelServiceRequests } from '../../shared/contract/tunnel-service.ts';
import { AppErrorException } from '../../shared/errors.ts';
import type { Result } from '../../shared/result.ts';
import { answerHere, openEngineHere } from '../control/engine-here.ts';
import { notRunning, withRunning } from '../control/running.ts';
import type { CliContext } from '../frame/context.ts';

type TunnelMethod = keyof typeof tunnelServiceRequests;

/** What a command asks of the persistent tunnel, whoever has it. */
export type TunnelDoor = {
  request<M extends TunnelMethod>(method: M, params: ControlParams<M>): Promise<Result<ControlResult<M>>>;
  /** The change that runs, or ran last. */
  run(): TunnelRun | null;
  onDidChange(listener: () => void): () => void;
};

/**
 * Gives `use` the persistent tunnel of the running Chela, which has the port to hand over and asks in its own window, or
 * where none runs (null) that of an engine in this process, which asks here. Ctrl+C stops a change between two steps and
 * undoes it, so `use` always comes to its end.
 */
export async function withTunnel(
  context: CliContext,
  purpose: 'look' | 'change',
  use: (door: TunnelDoor, running: ControlClient | null) => Promise<number>,
): Promise<number> {
  // The signal stops a change in an orderly way; it must not cut the line to whoever makes it.
  const uncut = { ...context, signal: new AbortController().signal };
  const code = await withRunning(uncut, async (running) => {
    if (!running) return null;
    // Its line answers one request after the other, and the change that is to stop is one of them.
    const cancel = () => withRunning(uncut, async (other) => other?.request('tunnelService.cancel', {}));
    return cancelling(context, cancel, async () => use(await doorOfRunning(running, context), running));
  });
  return code ?? withEngineHere(context, purpose === 'change', (door) => use(door, null));
}

async function withEngineHere(
  context: CliContext,
  claims: boolean,
  use: (door: TunnelDoor) => Promise<number>,
): Promise<number> {
  const here = await openEngineHere(context, { connects: false, claims });
  // Somebody started Chela in this very moment, and does not answer yet.
  if (!here) throw new AppErrorException(notRunning(context));
  const { engine } = here;
  const screen = engine.openScreen();
  const stopAnswering = answerHere(context, engine);
  const door: TunnelDoor = {
    // The dispatcher checks the method and what it answers.
    request: (method, params) => screen.request(method, params) as never,
    run: () => engine.snapshot().snapshot.tunnelRun,
    onDidChange: engine.onDidChange,
  };
  try {
    await here.start();
    const cancel = () => door.request('tunnelService.cancel', {});
    return await cancelling(context, cancel, () => use(door));
  } finally {
    stopAnswering();
    screen.dispose();
    await here.close();
  }
}

async function cancelling(
  { signal }: CliContext,
  cancel: () => Promise<unknown>,
  work: () => Promise<number>,
): Promise<number> {
  const stop = () => void cancel();
  signal.addEventListener('abort', stop);
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** A person may have to look for a code, and a change has its own limits. */
const CHANGE_WITHIN_MS = 30 * 60_000;
/** The system is asked, and a port probed. */
const LOOK_WITHIN_MS = 60_000;

async function doorOfRunning(running: ControlClient, { t, out }: CliContext): Promise<TunnelDoor> {
  const listeners = new Set<() => void>();
  let run: TunnelRun | null = null;
  let asked = '';
  const first = await running.watch(({ tunnelRun, questions }) => {
    run = tunnelRun;
    const what = questions.map((kind) => t(`control.question.${kind}`)).join(', ');
    if (what !== '' && what !== asked) out.note(t('control.asks', { what }));
    asked = what;
    for (const listener of listeners) listener();
  });
  if (first.ok) run = first.value.tunnelRun;
  return {
    request(method, params) {
      const isChange = method === 'tunnelService.apply' || method === 'tunnelService.settle';
      return running.request(method, params, isChange ? CHANGE_WITHIN_MS : LOOK_WITHIN_MS) as never;
    },
    run: () => run,
    onDidChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
