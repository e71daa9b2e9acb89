import { setTimeout as delay } from 'node:timers/promises';
import type { GatewayCall } from '../../core/link/gateway-call.ts';
import { AppErrorException, describeError } from '../../shared/errors.ts';
import { oneLine } from '../../shared/printable.ts';
import { err, type Result } from '../../shared/result.ts';
import type { CliContext, RunCommand } from '../frame/context.ts';
import type { GatewayOptions } from '../frame/options.ts';
import { type Connected, DEFAULT_TIMEOUT_MS, openAt, withGateway } from '../gateway/connect.ts';
import { type Fields, fields, number, text, texts } from '../gateway/payload.ts';

export type LogsOptions = GatewayOptions & {
  readonly limit: number;
  readonly follow?: boolean;
  readonly interval: number;
};

const MAX_BYTES = 250_000;
const NEEDS = { scopes: ['operator.read'] };
const RETRY_MS = { first: 250, most: 5000 };

/**
 * `chela logs`: the end of the Gateway's own log, as it gives it out (it redacts before it sends). `--follow` asks again
 * and again from where the last answer ended, also over a connection that was lost in between; with `--json` each line
 * is an object on a line of its own.
 */
export const logs: RunCommand<LogsOptions> = (context, options) =>
  withGateway(context, options, NEEDS, async ({ ask, call, where }) => {
    const { out, t, signal } = context;
    const { limit, follow = false, interval, timeout: timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    let cursor: number | null = null;
    const question = () => ({ limit, maxBytes: MAX_BYTES, ...(cursor !== null && { cursor }) });
    const take = (answer: Fields) => {
      if (answer.reset === true && cursor !== null) out.note(t('calls.logs.reset'));
      cursor = number(answer.cursor);
      for (const line of texts(answer.lines)) show(line, context);
    };
    const first = fields(await ask('logs.tail', question()));
    take(first);
    if (!follow) return 0;
    if (!out.json) out.note(t('calls.logs.following', { file: oneLine(text(first.file)) }));
    let current = call;
    try {
      while (!signal.aborted) {
        const pause = delay(interval, null, { signal }).catch(() => null);
        const lost = await Promise.race([pause, current.lost]);
        if (signal.aborted) break;
        const answer = lost ? err(lost) : await current.request('logs.tail', question(), { timeoutMs });
        if (answer.ok) {
          take(fields(answer.value));
          continue;
        }
        // STOPPED without a signal: it was lost a moment before the question.
        if (signal.aborted) break;
        if (!answer.error.retryable && answer.error.code !== 'STOPPED')
          throw new AppErrorException(answer.error);
        out.note(t('calls.logs.lost', { what: describeError(answer.error, t).title }));
        await current.close();
        const again = await openAgain(where, context, options);
        if (!again.ok) throw new AppErrorException(again.error);
        current = again.value;
        out.note(t('calls.logs.back'));
      }
    } finally {
      await current.close();
    }
    return 1;
  });

/** Until it is there again; ends on Ctrl+C, and with what no further attempt would change. */
async function openAgain(
  where: Connected['where'],
  context: CliContext,
  options: LogsOptions,
): Promise<Result<GatewayCall>> {
  const { signal } = context;
  for (let waitMs = RETRY_MS.first; ; waitMs = Math.min(2 * waitMs, RETRY_MS.most)) {
    const opened = await openAt(where, context, options, NEEDS);
    if (opened.ok) return opened;
    if (!opened.error.retryable || signal.aborted) return opened;
    await delay(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

type Entry = {
  readonly time: string;
  readonly level: string;
  readonly from: string;
  readonly message: string;
};

function show(line: string, { out }: CliContext): void {
  const entry = readEntry(line);
  if (out.json) {
    out.event(entry ?? { message: line });
    return;
  }
  if (!entry) {
    out.say(oneLine(line));
    return;
  }
  const { time, level, from, message } = entry;
  const colour = /error|fatal/i.test(level) ? 'red' : /warn/i.test(level) ? 'yellow' : 'dim';
  out.say(
    [out.paint('dim', time), out.paint(colour, level.padEnd(5)), from, message]
      .filter((part) => part.trim() !== '')
      .join(' '),
  );
}

/** A line of tslog's JSON as OpenClaw writes it, or of pino's; null for anything else. */
function readEntry(line: string): Entry | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const record = fields(parsed);
  const meta = fields(record._meta);
  const parts = Object.entries(record)
    .filter(([key]) => /^\d+$/.test(key))
    .map(([, value]) => (typeof value === 'string' ? value : JSON.stringify(value)));
  const [head = '', ...rest] = parts;
  const isSource = head.startsWith('{') && rest.length > 0;
  const message = (isSource ? rest : parts).join(' ') || text(record.message) || text(record.msg);
  return {
    time: text(record.time) || text(meta.date),
    level: text(meta.logLevelName) || text(record.level),
    from: isSource ? oneLine(subsystem(head)) : oneLine(text(record.subsystem) || text(record.name)),
    message: oneLine(message),
  };
}

function subsystem(head: string): string {
  try {
    return text(fields(JSON.parse(head)).subsystem);
  } catch {
    return '';
  }
}
