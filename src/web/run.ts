import type { Clock } from '../core/clock.ts';
import type { Engine } from '../core/engine.ts';
import type { OpenReply } from '../core/instance/control-protocol.ts';
import { claimInstance } from '../core/instance/instance.ts';
import { type PageServer, startPageServer } from '../core/page-server/page-server.ts';
import { startOnUsualPort, type UsualPage } from '../core/page-server/usual-port.ts';
import { assertNever } from '../shared/assert-never.ts';
import {
  type AppError,
  AppErrorException,
  appError,
  describeError,
  type Translate,
} from '../shared/errors.ts';
import { parseWebArguments, type WebArguments } from './arguments.ts';
import { createBridge } from './bridge/bridge.ts';

/** What the browser edge has of its process. */
export type WebParts = {
  /** Without the executable and the script. */
  args: readonly string[];
  t: Translate;
  version: string;
  /** The built renderer. */
  rootDir: string;
  clock: Clock;
  print(line: string): void;
  printError(line: string): void;
  /** Aborted to stop. */
  signal: AbortSignal;
  /** Makes the directory where it is missing. Throws what the file system says. */
  ensureDataDir(chosen: string | undefined, profile: string | undefined): string;
  createEngine(dataDir: string, profile: string | undefined): Engine;
  /** Resolves to false where there is no browser to open it in. */
  openBrowser(url: string): Promise<boolean>;
  /** Called for every line a person enters; null where nobody sits at a terminal. */
  onLine: ((listener: () => void) => () => void) | null;
};

/** Runs until `signal` is aborted. Resolves to the exit code: 0 well ended, 1 could not start, 2 bad arguments. */
export async function runWeb(parts: WebParts): Promise<number> {
  const { args, t, version, print, printError } = parts;
  const parsed = parseWebArguments(args);
  switch (parsed.tag) {
    case 'help':
      print(t('edge.web.usage'));
      return 0;
    case 'version':
      print(version);
      return 0;
    case 'unknown':
      printError(t('edge.web.unknownArgument', { argument: parsed.argument }));
      printError(t('edge.web.usage'));
      return 2;
    case 'badPort':
      printError(t('edge.web.badPort'));
      return 2;
    case 'badProfile':
      printError(t('errors.CONFIG_PROFILE_INVALID.title', { profile: parsed.profile }));
      return 2;
    case 'run':
      return start(parts, parsed.options);
  }
}

async function start(parts: WebParts, options: WebArguments): Promise<number> {
  const { t, printError } = parts;
  let dataDir: string;
  try {
    dataDir = parts.ensureDataDir(options.dataDir, options.profile);
  } catch (thrown) {
    printError(t('edge.start.dataDir', { dataDir: options.dataDir ?? '', reason: reasonOf(thrown) }));
    return 1;
  }

  const running = Promise.withResolvers<Running>();
  // Nobody may be asking.
  running.promise.catch(() => {});
  const door = {
    open: async () => ({ tag: 'link', link: (await running.promise).newLink() }) as const,
    engine: async () => (await running.promise).engine,
  };
  try {
    const claim = await claimInstance({ dataDir, door });
    if (claim.tag === 'running') return await meetOther(parts, options, dataDir, claim.reply);
    try {
      await serve(parts, options, dataDir, running.resolve);
    } finally {
      running.reject(new AppErrorException(appError('STOPPED', 'it did not come to run')));
      await claim.release();
    }
    return 0;
  } catch (thrown) {
    printError(startFailure(thrown, t, options, dataDir));
    return 1;
  }
}

/** Another Chela has this data directory: its link is as good as ours. */
async function meetOther(
  { t, print, printError, openBrowser }: WebParts,
  { opensBrowser }: WebArguments,
  dataDir: string,
  reply: OpenReply | null,
): Promise<number> {
  if (reply === null) {
    printError(t('edge.web.alreadyMute', { dataDir }));
    return 1;
  }
  switch (reply.tag) {
    case 'window':
      print(t('edge.web.alreadyShown'));
      return 0;
    case 'terminal':
      printError(t('edge.web.alreadyInTerminal'));
      return 1;
    case 'link':
      print(t('edge.web.alreadyRunning'));
      print(t('edge.web.open', { url: reply.link }));
      if (opensBrowser && !(await openBrowser(reply.link))) print(t('edge.web.browserFailed'));
      return 0;
    default:
      return assertNever(reply);
  }
}

/** What others on this computer may ask for. */
type Running = { engine: Engine; newLink: () => string };

async function serve(
  parts: WebParts,
  { port, opensBrowser, profile }: WebArguments,
  dataDir: string,
  onRunning: (running: Running) => void,
): Promise<void> {
  const { t, print, rootDir, clock, signal, onLine } = parts;
  const engine = parts.createEngine(dataDir, profile);
  const bridge = createBridge({ openScreen: () => engine.openScreen(), clock });
  let server: (PageServer & Partial<UsualPage>) | null = null;
  try {
    server = await (port === undefined
      ? startOnUsualPort(dataDir, { rootDir, bridge })
      : startPageServer({ rootDir, port, bridge }));
    const { origin, place } = server;
    await engine.start(place);

    const newLink = () => `${origin}/#ticket=${bridge.issueTicket()}`;
    onRunning({ engine, newLink });

    if (place?.notice) print(inWords(place.notice, t));
    print(t('edge.web.open', { url: newLink() }));
    // A ticket of its own, so that the printed link is still good after the browser has opened.
    const opened = opensBrowser && (await parts.openBrowser(newLink()));
    if (opensBrowser && !opened) print(t('edge.web.browserFailed'));
    print(t(opened ? 'edge.web.openedInBrowser' : 'edge.web.linkOnly'));
    if (onLine) print(t('edge.web.enterForLink'));
    const forgetLines = onLine?.(() => print(t('edge.web.open', { url: newLink() })));

    await Promise.race([aborted(signal), server.closed]);
    forgetLines?.();
  } finally {
    await server?.stop();
    await engine.stop();
  }
  print(t('edge.web.stopped'));
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function startFailure(thrown: unknown, t: Translate, { port }: WebArguments, dataDir: string): string {
  if (thrown instanceof AppErrorException) {
    return inWords(thrown.error, t);
  }
  const { code, path } = thrown as NodeJS.ErrnoException;
  if (port !== undefined && code === 'EADDRINUSE') return t('edge.start.portTaken', { port });
  if (port !== undefined && code === 'EACCES') return t('edge.start.portForbidden', { port });
  if (code === 'ENOENT' && path?.endsWith('index.html')) return t('edge.start.pageMissing');
  if (code !== undefined) return t('edge.start.dataDir', { dataDir, reason: reasonOf(thrown) });
  return t('edge.start.unexpected', { reason: reasonOf(thrown) });
}

function inWords(error: AppError, t: Translate): string {
  const { title, body, fix } = describeError(error, t);
  return [title, body, fix].join('\n');
}

/** Short, in the system's words. */
function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
