import { peekOpenclaw } from '../../core/config/peek-openclaw.ts';
import type { ControlClient } from '../../core/instance/control-client.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CliContext } from '../frame/context.ts';
import { followUntilSettled } from './follow.ts';
import { notRunning, withRunning } from './running.ts';

export type DriveOptions = {
  /** False with `--no-wait`. */
  readonly wait: boolean;
  readonly timeout?: number;
};

const WAIT_MS = 60_000;

/** `chela connect` and `chela reconnect`: the running Chela does it; where none runs, `connect` is done here. */
export function drive(
  context: CliContext,
  order: 'connect' | 'reconnect',
  options: DriveOptions,
): Promise<number> {
  return withRunning(context, async (running) => {
    if (running) return driveRunning(running, context, order, options);
    if (order === 'reconnect' || !options.wait) return context.out.fail(notRunning(context));
    const { problem } = await peekOpenclaw(context.env, context.homeDir, context.globals.profile);
    if (problem) return context.out.fail(problem);
    const { connectHere } = await import('./foreground.ts');
    const ended = await connectHere(context, options.timeout ?? null);
    // Somebody started Chela in this very moment.
    if (ended.tag === 'running') return drive(context, order, options);
    return ended.exitCode;
  });
}

async function driveRunning(
  running: ControlClient,
  context: CliContext,
  order: 'connect' | 'reconnect',
  { wait, timeout = WAIT_MS }: DriveOptions,
): Promise<number> {
  const { out, t } = context;
  const begun = await running.request(order, {});
  if (!begun.ok) return out.fail(begun.error);
  if (!wait) {
    out.answer({ ok: true }, () => [t('control.begun')]);
    return exitCodes.ok;
  }
  const { status, outcome } = await followUntilSettled(running, context, timeout);
  if (!outcome.ok) return out.fail(outcome.error, status ? { status } : {});
  out.answer({ ok: true, status }, () => []);
  return exitCodes.ok;
}

/** `chela disconnect`. The running Chela stays disconnected until somebody connects it again. */
export function disconnect(context: CliContext): Promise<number> {
  return withRunning(context, async (running) => {
    const { out, t } = context;
    if (!running) return out.fail(notRunning(context));
    const done = await running.request('disconnect', {});
    if (!done.ok) return out.fail(done.error);
    out.answer({ ok: true }, () => [t('control.disconnected')]);
    return exitCodes.ok;
  });
}
