import type { ControlStatus } from '../../core/instance/control-protocol.ts';
import { assertNever } from '../../shared/assert-never.ts';
import { connectionText } from '../../shared/connection/connection-text.ts';
import { type AppError, appError, describeError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { CliContext } from '../frame/context.ts';

/** Where a status comes from: the running Chela, or the engine of this process. */
export type StatusSource = {
  watch(listener: (status: ControlStatus) => void): Promise<Result<ControlStatus>>;
  readonly closed: Promise<void>;
};

/** What a connect came to; null while it is under way. */
export function outcomeOf({ connection }: ControlStatus): Result<void> | null {
  switch (connection.tag) {
    case 'connected':
    case 'degraded':
      return ok(undefined);
    case 'failed':
      return err(connection.error);
    case 'idle':
      return err(appError('STOPPED', 'disconnected meanwhile'));
    case 'connecting':
    case 'reconnecting':
      return null;
    default:
      return assertNever(connection);
  }
}

/** A line per state on the way; the same state is said once. */
export function sayProgress({ t, out }: CliContext): (status: ControlStatus) => void {
  let last = '';
  return (status) => {
    const { connection, questions, app } = status;
    const reason = connection.tag === 'reconnecting' ? [describeError(connection.error, t).title] : [];
    const asks =
      questions.length > 0 && app.runtime !== 'terminal'
        ? [t('control.asks', { what: questions.map((kind) => t(`control.question.${kind}`)).join(', ') })]
        : [];
    const text = [[connectionText(status, t), ...reason].join(': '), ...asks].join('\n');
    if (text === last) return;
    last = text;
    // A failure is said at the end, in its own form.
    if (connection.tag === 'failed') return;
    const isUp = connection.tag === 'connected' || connection.tag === 'degraded';
    out.say(`${isUp ? out.paint('green', '●') : '◌'} ${text}`);
  };
}

export type Ending = { readonly status: ControlStatus | null; readonly outcome: Result<void> };

/** Follows until it is connected or has failed; `timeoutMs` later the last reason counts. */
export async function followUntilSettled(
  source: StatusSource,
  context: CliContext,
  timeoutMs: number,
): Promise<Ending> {
  const say = sayProgress(context);
  const ended = Promise.withResolvers<Ending>();
  let last: ControlStatus | null = null;
  const hear = (status: ControlStatus) => {
    last = status;
    say(status);
    const outcome = outcomeOf(status);
    if (outcome) ended.resolve({ status, outcome });
  };
  const give = (error: AppError) => ended.resolve({ status: last, outcome: err(error) });
  const timer = setTimeout(() => give(lateError(last, timeoutMs)), timeoutMs);
  const stop = () => give(appError('STOPPED', 'interrupted'));
  context.signal.addEventListener('abort', stop);
  void source.closed.then(() => give(appError('STOPPED', 'it went away')));
  const first = await source.watch(hear);
  if (first.ok) hear(first.value);
  else give(first.error);
  try {
    return await ended.promise;
  } finally {
    clearTimeout(timer);
    context.signal.removeEventListener('abort', stop);
  }
}

/** What keeps it from connecting, where that is known. */
function lateError(status: ControlStatus | null, timeoutMs: number): AppError {
  if (status?.connection.tag === 'reconnecting') return status.connection.error;
  return appError('CONNECT_TIMEOUT', `not connected after ${timeoutMs} ms`, {
    details: { seconds: Math.round(timeoutMs / 1000) },
  });
}
