import { setTimeout as delay } from 'node:timers/promises';
import { AppErrorException } from '../../shared/errors.ts';
import type { CliContext, RunCommand } from '../frame/context.ts';
import type { GatewayOptions } from '../frame/options.ts';
import { oneLine } from '../frame/printable.ts';
import { withGateway } from '../gateway/connect.ts';
import { fields, number, text, texts } from '../gateway/payload.ts';

export type LogsOptions = GatewayOptions & {
  readonly limit: number;
  readonly follow?: boolean;
  readonly interval: number;
};

const MAX_BYTES = 250_000;

/**
 * `chela logs`: the end of the Gateway's own log, as it gives it out (it redacts before it sends). `--follow` asks again
 * and again from where the last answer ended; with `--json` each line is an object on a line of its own.
 */
export const logs: RunCommand<LogsOptions> = (context, options) =>
  withGateway(context, options, { scopes: ['operator.read'] }, async ({ ask, call }) => {
    const { out, t, signal } = context;
    const { limit, follow = false, interval } = options;
    let cursor: number | null = null;
    const tail = async () => {
      const from = cursor === null ? {} : { cursor };
      const answer = fields(await ask('logs.tail', { limit, maxBytes: MAX_BYTES, ...from }));
      if (answer.reset === true && cursor !== null) out.note(t('calls.logs.reset'));
      cursor = number(answer.cursor);
      for (const line of texts(answer.lines)) show(line, context);
      return answer;
    };
    const first = await tail();
    if (!follow) return 0;
    if (!out.json) out.note(t('calls.logs.following', { file: oneLine(text(first.file)) }));
    const lost = call.lost.then((error) => {
      throw new AppErrorException(error);
    });
    // Heard of below, by whoever waits then.
    lost.catch(() => {});
    while (!signal.aborted) {
      await Promise.race([delay(interval, undefined, { signal }).catch(() => undefined), lost]);
      if (!signal.aborted) await tail();
    }
    return 1;
  });

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
