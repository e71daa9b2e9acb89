import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Conf from 'conf';
import { createEngine } from '../../core/create-engine.ts';
import { ensureDataDir } from '../../core/data-dir.ts';
import type { Engine, Screen } from '../../core/engine.ts';
import { controlStatusOf } from '../../core/instance/control-protocol.ts';
import { claimInstance } from '../../core/instance/instance.ts';
import { createNodeLauncher } from '../../core/local-gateway/node-launcher.ts';
import { createFileLogger } from '../../core/log.ts';
import type { AskQuestion } from '../../core/questions.ts';
import { openSettingsStore } from '../../core/settings/settings-store.ts';
import { AppErrorException, appError } from '../../shared/errors.ts';
import { ok } from '../../shared/result.ts';
import { askInTerminal, declineAll } from '../ask-in-terminal.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CliContext } from '../frame/context.ts';
import { outcomeOf, type StatusSource, sayProgress } from './follow.ts';

export type Foreground = { readonly tag: 'ended'; readonly exitCode: number } | { readonly tag: 'running' };

/**
 * The whole of Chela but its screens, in this terminal: connects, keeps the connection, and asks here what a person has
 * to answer. Ends on Ctrl+C, on `chela disconnect` from elsewhere, or when it cannot connect; `timeoutMs` bounds
 * the first connect. Owns the data directory as the app does: `running` when somebody else has it.
 */
export async function connectHere(context: CliContext, timeoutMs: number | null): Promise<Foreground> {
  const dataDir = ensureDataDir(context.globals.dataDir, context.globals.profile);
  const started = Promise.withResolvers<Engine>();
  // Nobody may be asking.
  started.promise.catch(() => {});
  const claim = await claimInstance({
    dataDir,
    door: { open: () => ({ tag: 'terminal' }), engine: () => started.promise },
  });
  if (claim.tag === 'running') return { tag: 'running' };
  const engine = createEngine({
    dataDir,
    store: openSettingsStore({ dataDir, create: (options) => new Conf(options) }),
    runtime: 'terminal',
    version: __CHELA_VERSION__,
    launchGateway: createNodeLauncher(gatewayScript()),
    edge: {},
    logger: createFileLogger(dataDir),
    env: context.env,
    homeDir: context.homeDir,
    profile: context.globals.profile,
  });
  try {
    const exitCode = await keepConnected(context, engine, timeoutMs, () => started.resolve(engine));
    return { tag: 'ended', exitCode };
  } finally {
    started.reject(new AppErrorException(appError('STOPPED', 'it did not come to run')));
    await engine.stop();
    await claim.release();
  }
}

/** Beside the program, whatever chunk this code is in. */
function gatewayScript(): string {
  const here = import.meta.dirname;
  const folders = [here, dirname(here), dirname(dirname(here))];
  const found = folders.map((folder) => join(folder, 'gateway.cjs')).find((file) => existsSync(file));
  return found ?? join(here, 'gateway.cjs');
}

async function keepConnected(
  context: CliContext,
  engine: Engine,
  timeoutMs: number | null,
  onStarted: () => void,
): Promise<number> {
  const { out, t, signal } = context;
  const screen = engine.openScreen();
  const stopAnswering = answerHere(context, engine, screen);
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
    await engine.start();
    onStarted();
    const first = await source.watch(look);
    if (first.ok) look(first.value);
    if (signal.aborted) interrupt();
    return await ended.promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', interrupt);
    stopAnswering();
    screen.dispose();
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

/** Puts the engine's questions to whoever sits here, one after the other; where nobody does, they are declined. */
function answerHere(context: CliContext, engine: Engine, screen: Screen): () => void {
  const ask = askerOf(context);
  const open = new Map<string, AbortController>();
  let work = Promise.resolve();

  async function answer(id: string, withdrawn: AbortController): Promise<void> {
    const question = engine.snapshot().snapshot.questions.find((other) => other.id === id);
    if (!question || withdrawn.signal.aborted) return;
    try {
      const given = await ask(question, withdrawn.signal);
      await screen.request('questions.answer', { id, answer: given });
    } catch (thrown) {
      if (!withdrawn.signal.aborted) throw thrown;
    }
  }

  const stop = engine.onDidChange(({ snapshot }) => {
    for (const [id, withdrawn] of open) {
      if (snapshot.questions.some((question) => question.id === id)) continue;
      withdrawn.abort();
      open.delete(id);
    }
    for (const { id } of snapshot.questions) {
      if (open.has(id)) continue;
      const withdrawn = new AbortController();
      open.set(id, withdrawn);
      work = work.then(() => answer(id, withdrawn));
    }
  });
  return () => {
    stop();
    for (const withdrawn of open.values()) withdrawn.abort();
  };
}

function askerOf({ t, stdin }: CliContext): AskQuestion {
  const output = process.stderr;
  if (!stdin.isTTY || !output.isTTY) return declineAll;
  return askInTerminal({ t, input: stdin, output, onInterrupt: () => process.kill(process.pid, 'SIGINT') });
}
