import type { Engine } from '../../core/engine.ts';
import { controlStatusOf } from '../../core/instance/control-protocol.ts';
import { appError } from '../../shared/errors.ts';
import { ok } from '../../shared/result.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CliContext } from '../frame/context.ts';
import { answerHere, type EngineHere, openEngineHere } from './engine-here.ts';
import { outcomeOf, type StatusSource, sayProgress } from './follow.ts';

export type Foreground = { readonly tag: 'ended'; readonly exitCode: number } | { readonly tag: 'running' };

/**
 * The whole of Chela but its screens, in this terminal: connects, keeps the connection, and asks here what a person has
 * to answer. Ends on Ctrl+C, on `chela disconnect` from elsewhere, or when it cannot connect; `timeoutMs` bounds
 * the first connect. Owns the data directory as the app does: `running` when somebody else has it.
 */
export async function connectHere(context: CliContext, timeoutMs: number | null): Promise<Foreground> {
  const here = await openEngineHere(context, { connects: true, claims: true });
  if (!here) return { tag: 'running' };
  try {
    return { tag: 'ended', exitCode: await keepConnected(context, here, timeoutMs) };
  } finally {
    await here.close();
  }
}

async function keepConnected(
  context: CliContext,
  here: EngineHere,
  timeoutMs: number | null,
): Promise<number> {
  const { out, t, signal } = context;
  const { engine } = here;
  const stopAnswering = answerHere(context, engine);
  const ended = Promise.withResolvers<number>();
  const say = sayProgress(context);
  let wasUp = false;
  let hasEnded = false;
  const source = sourceOf(engine);
  const look = (status: ReturnType<typeof controlStatusOf>) => {
    // A failure is announced, and may be found at the first look too.
    if (hasEnded) return;
    if (out.json) out.event({ status });
    say(status);
    const outcome = outcomeOf(status);
    if (!outcome) return;
    hasEnded = !outcome.ok;
    if (outcome.ok) {
      if (!wasUp) out.say(t('control.stopHint'));
      wasUp = true;
      clearTimeout(timer);
    } else if (status.connection.tag === 'idle') {
      // Another terminal ended it, which is no failure.
      out.say(t('control.disconnected'));
      ended.resolve(exitCodes.ok);
    } else {
      ended.resolve(out.fail(outcome.error));
    }
  };
  const timer =
    timeoutMs === null
      ? undefined
      : setTimeout(() => {
          const { connection } = engine.snapshot().snapshot;
          const late = appError('CONNECT_TIMEOUT', 'not connected in time', {
            details: { seconds: Math.round(timeoutMs / 1000) },
          });
          ended.resolve(out.fail('error' in connection ? connection.error : late));
        }, timeoutMs);
  const interrupt = () => ended.resolve(exitCodes.ok);
  signal.addEventListener('abort', interrupt);
  try {
    await here.start();
    const first = await source.watch(look);
    if (first.ok) look(first.value);
    if (signal.aborted) interrupt();
    return await ended.promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', interrupt);
    stopAnswering();
    if (signal.aborted) out.say(t('control.stopping'));
  }
}

function sourceOf(engine: Engine): StatusSource {
  return {
    closed: new Promise(() => {}),
    async watch(listener) {
      engine.onDidChange((current) => listener(controlStatusOf(current)));
      return ok(controlStatusOf(engine.snapshot()));
    },
  };
}
