import { randomUUID } from 'node:crypto';
import { type AppError, AppErrorException, appError } from '../../shared/errors.ts';
import { oneLine, printable } from '../../shared/printable.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CliContext, RunCommand } from '../frame/context.ts';
import type { GatewayOptions } from '../frame/options.ts';
import { type Connected, withGateway } from '../gateway/connect.ts';
import { type Fields, fields, list, text } from '../gateway/payload.ts';
import { inputError, readTextStdin } from '../gateway/read-input.ts';

export type ChatOptions = GatewayOptions & { readonly session?: string };

const MESSAGE_BYTES = 1024 * 1024;
/** For the Gateway to take note that a run is to stop. */
const ABORT_WITHIN_MS = 3000;

type Outcome =
  | { readonly tag: 'final'; readonly text: string }
  | { readonly tag: 'failed'; readonly error: AppError };

/**
 * `chela chat "text"`: sends one message and streams the answer. With `--json` one object a line: `accepted`, `status`,
 * `delta` (`text` to append, or the whole where `replace` is set), `final`. Ctrl+C aborts the run on the Gateway, by its id.
 */
export const chat: RunCommand<ChatOptions, [words: readonly string[]]> = async (context, options, words) => {
  const { out, signal } = context;
  const message = await readMessage(words, context);
  if (!message.ok) return out.fail(message.error, {}, { asEvent: true });
  const needs = { scopes: ['operator.read', 'operator.write'], streams: true, hasLastWord: true };
  return withGateway(context, options, needs, async (gateway) => {
    const { call, ask } = gateway;
    const sessionKey = options.session ?? call.hello.mainSessionKey;
    const runId = randomUUID();
    const answer = followRun(gateway, runId, context);
    const abort = abortOnSignal(gateway, { sessionKey, runId }, signal);
    try {
      await ask('chat.send', { sessionKey, message: message.value, idempotencyKey: runId });
      if (out.json) out.event({ type: 'accepted', runId, sessionKey });
      answer.accepted();
      const outcome = await Promise.race([answer.outcome, abort.done, loss(gateway)]);
      await answer.flushed();
      if (outcome === 'aborted') return exitCodes.interrupted;
      if (outcome.tag === 'failed') throw new AppErrorException(outcome.error);
      return exitCodes.ok;
    } finally {
      abort.forget();
      answer.stop();
    }
  });
};

async function readMessage(
  words: readonly string[],
  { stdin, signal }: Pick<CliContext, 'stdin' | 'signal'>,
): Promise<Result<string>> {
  const isStdin = words.length === 1 && words[0] === '-';
  const read = isStdin ? await readTextStdin(stdin, '-', MESSAGE_BYTES, signal) : ok(words.join(' '));
  if (!read.ok) return read;
  const message = read.value.replace(/\r\n/g, '\n').trim();
  return message === '' ? err(inputError(isStdin ? '-' : 'chat', 'empty')) : ok(message);
}

/** Prints what belongs to the run as it comes, and resolves with how it ended. */
function followRun({ call }: Connected, runId: string, { out, t }: CliContext) {
  let shown = '';
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  /** What is written waits for the spinner to be gone. */
  let written: Promise<void> = out.json ? Promise.resolve() : out.spin(t('calls.chat.thinking'), begun);
  let settle = (_outcome: Outcome) => {};
  const outcome = new Promise<Outcome>((resolve) => {
    settle = resolve;
  });
  const write = (what: string) => {
    begin();
    written = written.then(() => out.write(what));
  };

  /** The whole text so far; a terminal takes nothing back, so a changed beginning is printed anew. */
  function show(whole: string): void {
    if (whole === shown) return;
    const continues = whole.startsWith(shown);
    const added = continues ? whole.slice(shown.length) : whole;
    shown = whole;
    if (out.json) out.event({ type: 'delta', text: added, ...(!continues && { replace: true }) });
    else write(printable(continues ? added : `\n\n${added}`));
  }

  /** Events that overtook the answer to `chat.send`; null once that is there. */
  let early: Fields[] | null = [];

  const stop = call.onEvent(({ event, payload }) => {
    const chatEvent = fields(payload);
    if (event !== 'chat' || chatEvent.runId !== runId) return;
    if (early) early.push(chatEvent);
    else handle(chatEvent);
  });

  function handle(chatEvent: Fields): void {
    const whole = textOf(chatEvent.message);
    switch (chatEvent.state) {
      case 'status':
        if (out.json) out.event({ type: 'status', phase: text(chatEvent.phase) });
        break;
      case 'delta':
        show(whole ?? shown + text(chatEvent.deltaText));
        break;
      case 'final':
        if (whole !== null) show(whole);
        if (out.json) out.event({ type: 'final', text: shown, stopReason: text(chatEvent.stopReason) });
        else if (shown !== '') write('\n');
        // The message went into a run that was under way, whose answer belongs to another caller.
        else out.note(t('calls.chat.joined'));
        settle({ tag: 'final', text: shown });
        break;
      case 'aborted':
        if (whole !== null) show(whole);
        settle({
          tag: 'failed',
          error: appError('RUN_ABORTED', 'the run was aborted', { details: { runId } }),
        });
        break;
      case 'error': {
        const reason = oneLine(text(chatEvent.errorMessage)) || 'unknown';
        settle({ tag: 'failed', error: appError('RUN_FAILED', reason, { details: { reason, runId } }) });
        break;
      }
      default:
    }
  }

  return {
    outcome,
    accepted() {
      const waiting = early ?? [];
      early = null;
      for (const chatEvent of waiting) handle(chatEvent);
    },
    async flushed() {
      begin();
      await written;
    },
    stop() {
      begin();
      stop();
    },
  };
}

/** Ctrl+C: the Gateway is told to stop this run and no other. */
function abortOnSignal(
  { call }: Connected,
  run: { sessionKey: string; runId: string },
  signal: AbortSignal,
): { done: Promise<'aborted'>; forget: () => void } {
  let finish = (_how: 'aborted') => {};
  const done = new Promise<'aborted'>((resolve) => {
    finish = resolve;
  });
  const abort = () => {
    void call.request('chat.abort', run, { timeoutMs: ABORT_WITHIN_MS }).then(() => finish('aborted'));
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return { done, forget: () => signal.removeEventListener('abort', abort) };
}

async function loss({ call }: Connected): Promise<Outcome> {
  return { tag: 'failed', error: await call.lost };
}

function textOf(message: unknown): string | null {
  const { content } = fields(message);
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  return list(content)
    .filter(({ type }) => type === 'text')
    .map((part) => text(part.text))
    .join('');
}
