import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Conf from 'conf';
import { createEngine } from '../../core/create-engine.ts';
import { ensureDataDir } from '../../core/data-dir.ts';
import type { Engine } from '../../core/engine.ts';
import type { ControlDoor } from '../../core/instance/control-server.ts';
import { claimInstance } from '../../core/instance/instance.ts';
import { createNodeLauncher } from '../../core/local-gateway/node-launcher.ts';
import { createFileLogger } from '../../core/log.ts';
import type { AskQuestion } from '../../core/questions.ts';
import { openSettingsStore } from '../../core/settings/settings-store.ts';
import { AppErrorException, appError } from '../../shared/errors.ts';
import { askInTerminal, declineAll } from '../ask-in-terminal.ts';
import type { CliContext } from '../frame/context.ts';

export type EngineHere = {
  readonly engine: Engine;
  /** Starts it; whoever asked this process for something meanwhile is answered then. */
  start(): Promise<void>;
  close(): Promise<void>;
};

type EngineHereOptions = {
  /** As soon as it starts, or only when it is told to. */
  connects: boolean;
  /** False for who only looks: a Chela that starts meanwhile is not kept from it. */
  claims: boolean;
};

/**
 * The whole of Chela but its screens, in this process. Owns the data directory as the app does: null when somebody else
 * has it.
 */
export async function openEngineHere(
  { globals, env, homeDir }: CliContext,
  { connects, claims }: EngineHereOptions,
): Promise<EngineHere | null> {
  const dataDir = ensureDataDir(globals.dataDir, globals.profile);
  const started = Promise.withResolvers<Engine>();
  // Nobody may be asking.
  started.promise.catch(() => {});
  const door: ControlDoor = { open: () => ({ tag: 'terminal' }), engine: () => started.promise };
  const claim = claims ? await claimInstance({ dataDir, door }) : null;
  if (claim?.tag === 'running') return null;
  const engine = createEngine({
    dataDir,
    store: openSettingsStore({ dataDir, create: (options) => new Conf(options) }),
    runtime: 'terminal',
    version: __CHELA_VERSION__,
    launchGateway: createNodeLauncher(gatewayScript()),
    edge: {},
    logger: createFileLogger(dataDir),
    env,
    homeDir,
    profile: globals.profile,
    connects,
  });
  return {
    engine,
    async start() {
      await engine.start();
      started.resolve(engine);
    },
    async close() {
      started.reject(new AppErrorException(appError('STOPPED', 'it did not come to run')));
      await engine.stop();
      await claim?.release();
    },
  };
}

/** Beside the program, whatever chunk this code is in. */
function gatewayScript(): string {
  const here = import.meta.dirname;
  const folders = [here, dirname(here), dirname(dirname(here))];
  const found = folders.map((folder) => join(folder, 'gateway.cjs')).find((file) => existsSync(file));
  return found ?? join(here, 'gateway.cjs');
}

/** Puts the engine's questions to whoever sits here, one after the other; where nobody does, they are declined. */
export function answerHere(context: CliContext, engine: Engine): () => void {
  const ask = askerOf(context);
  const screen = engine.openScreen();
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
    screen.dispose();
    for (const withdrawn of open.values()) withdrawn.abort();
  };
}

function askerOf({ t, stdin }: CliContext): AskQuestion {
  const output = process.stderr;
  if (!stdin.isTTY || !output.isTTY) return declineAll;
  return askInTerminal({ t, input: stdin, output, onInterrupt: () => process.kill(process.pid, 'SIGINT') });
}
