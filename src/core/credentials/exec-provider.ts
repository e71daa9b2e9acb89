import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, isAbsolute, relative, sep } from 'node:path';
import type { Clock } from '../clock.ts';
import { expandHome } from './expand-home.ts';
import { decodeText, withoutLastNewline } from './file-provider.ts';
import { type PathGuard, plainFile } from './path-guard.ts';
import type { ExecProvider } from './providers.ts';
import { property } from './secret-ref.ts';

/** What the command printed is in none of the failures: it could hold the secret. */
export type ExecLookup =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      readonly code: 'SECRET_COMMAND_UNTRUSTED' | 'SECRET_COMMAND_FAILED';
      readonly cause: string;
      readonly details?: Readonly<Record<string, number>>;
    };

type Env = Readonly<Record<string, string | undefined>>;
type Deps = {
  readonly guard: PathGuard;
  readonly clock: Clock;
  readonly homeDir: string;
  readonly env: Env;
};

/**
 * Asks the provider's command for one value by upstream's protocol 1: the request on its standard input, the answer on
 * its standard output. The command has to be a plain file of this user by absolute path that nobody else can change. It runs without
 * a shell, with nothing of our environment but `passEnv`, and is ended with all it started at the limits. Never rejects.
 */
export async function askCommand(
  provider: ExecProvider,
  alias: string,
  id: string,
  deps: Deps,
): Promise<ExecLookup> {
  const command = expandHome(provider.command, deps.homeDir);
  const cause = await distrust(command, provider, deps);
  if (cause !== null) return { ok: false, code: 'SECRET_COMMAND_UNTRUSTED', cause };
  const request = `${JSON.stringify({ protocolVersion: 1, provider: alias, ids: [id] })}\n`;
  const printed = await run(command, provider, request, deps);
  if (!printed.ok) return printed;
  const text = decodeText(printed.bytes);
  return text === null ? failed('binary') : readAnswer(text, id, provider.jsonOnly);
}

async function distrust(command: string, provider: ExecProvider, deps: Deps): Promise<string | null> {
  if (!isAbsolute(command)) return 'relative';
  const found = await plainFile(command);
  if (!found.ok) return found.cause;
  const changed = await deps.guard.isUnchangeable(command, found.stats);
  if (changed !== null) return changed;
  const isBelow = (dir: string) => {
    const path = relative(expandHome(dir, deps.homeDir), command);
    return path !== '' && path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
  };
  return provider.trustedDirs === undefined || provider.trustedDirs.some(isBelow) ? null : 'dir';
}

type Printed = { readonly ok: true; readonly bytes: Buffer } | Extract<ExecLookup, { ok: false }>;

function run(command: string, provider: ExecProvider, request: string, deps: Deps): Promise<Printed> {
  const { timeoutMs, noOutputTimeoutMs = timeoutMs, maxOutputBytes } = provider;
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      child = spawn(command, provider.args, {
        cwd: dirname(command),
        env: childEnv(provider, deps.env),
        // Errors may quote a secret: they go nowhere.
        stdio: ['pipe', 'pipe', 'ignore'],
        // Its own group, so that what it started ends with it.
        detached: process.platform !== 'win32',
        windowsHide: true,
      });
    } catch {
      resolve(failed('spawn'));
      return;
    }
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (printed: Printed) => {
      stopSlow();
      stopSilent();
      resolve(printed);
    };
    const abort = (printed: Printed) => {
      child.stdout?.destroy();
      endGroup(child);
      finish(printed);
    };
    const stopSlow = deps.clock.after(timeoutMs, () => abort(failed('slow', { ms: timeoutMs })));
    const watchSilence = () =>
      deps.clock.after(noOutputTimeoutMs, () => abort(failed('silent', { ms: noOutputTimeoutMs })));
    let stopSilent = noOutputTimeoutMs < timeoutMs ? watchSilence() : () => {};

    child.once('error', () => finish(failed('spawn')));
    child.stdout?.on('data', (chunk: Buffer) => {
      if (noOutputTimeoutMs < timeoutMs) {
        stopSilent();
        stopSilent = watchSilence();
      }
      length += chunk.length;
      if (length > maxOutputBytes) abort(failed('tooMuch', { limit: maxOutputBytes }));
      else chunks.push(chunk);
    });
    child.once('close', (status, signal) => {
      if (signal !== null) finish(failed('signal'));
      else if (status !== 0) finish(failed('exit', { status: status ?? -1 }));
      else finish({ ok: true, bytes: Buffer.concat(chunks) });
    });
    // A command that does not read its input is free to do so.
    child.stdin?.on('error', () => {});
    child.stdin?.end(request);
  });
}

function childEnv({ passEnv, env }: ExecProvider, ours: Env): Record<string, string> {
  const passed = passEnv.flatMap((name) => {
    const value = ours[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(passed), ...env };
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function readAnswer(text: string, id: string, jsonOnly: boolean): ExecLookup {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    if (jsonOnly) return failed(text.trim() === '' ? 'empty' : 'notJson');
    return plain(text);
  }
  const isObject = typeof answer === 'object' && answer !== null && !Array.isArray(answer);
  // A secret of digits only is JSON as well.
  if (!isObject && !jsonOnly) return plain(text);
  const values = property(answer, 'values');
  const isAnswer = property(answer, 'protocolVersion') === 1 && typeof values === 'object' && values !== null;
  if (!isAnswer) return failed('protocol');
  const problem = property(property(answer, 'errors'), id);
  if (problem !== undefined) return failed(knownProblems[String(property(problem, 'code'))] ?? 'refused');
  const value = property(values, id);
  if (value === undefined) return failed('noValue');
  if (typeof value !== 'string') return failed('notText');
  return value.trim() === '' ? failed('empty') : { ok: true, text: value };
}

const knownProblems: Readonly<Record<string, string>> = {
  NOT_FOUND: 'notFound',
  AMBIGUOUS_DUPLICATE_KEY: 'duplicate',
};

function plain(text: string): ExecLookup {
  const value = withoutLastNewline(text);
  return value.trim() === '' ? failed('empty') : { ok: true, text: value };
}

function failed(cause: string, details?: Record<string, number>): Extract<ExecLookup, { ok: false }> {
  return { ok: false, code: 'SECRET_COMMAND_FAILED', cause, ...(details && { details }) };
}
