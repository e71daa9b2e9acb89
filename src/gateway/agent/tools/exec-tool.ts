import { spawn } from 'node:child_process';
import { mkdir, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { withoutOurVariables } from '../../../shared/child-environment.ts';
import type { GatewayClock } from '../../clock.ts';
import { type AgentTool, type ToolCallContext, type ToolResult, textResult } from './agent-tool.ts';
import type { CommandGate } from './command-gate.ts';
import { findProgram } from './find-program.ts';

const DEFAULT_TIMEOUT_S = 120;
const MAX_TIMEOUT_S = 1_800;
/** What a command says beyond this is dropped from the middle: its beginning and its end tell most. */
const MAX_OUTPUT_CHARACTERS = 30_000;
/** How long a command that was told to end gets to do so. */
const KILL_AFTER_MS = 2_000;
const PROGRESS_EVERY_MS = 250;

type ExecDeps = { readonly workspace: string; readonly gate: CommandGate; readonly clock: GatewayClock };

/** A shell on the Gateway's computer, behind the gate. */
export function execTool({ workspace, gate, clock }: ExecDeps): AgentTool {
  return {
    name: 'exec',
    description:
      'Runs a shell command on the computer of the Gateway. A person is asked first, unless they allowed this very ' +
      'command for good. Returns its output and exit code.',
    parameters: {
      type: 'object',
      properties: {
        command: { type: 'string', description: 'The command line.' },
        workdir: {
          type: 'string',
          description: 'Where it runs; relative to the workspace, which is the default.',
        },
        timeoutSeconds: {
          type: 'number',
          description: `Default ${DEFAULT_TIMEOUT_S}, at most ${MAX_TIMEOUT_S}.`,
        },
      },
      required: ['command'],
      additionalProperties: false,
    },
    commandBearing: true,
    describe: ({ command }) => (typeof command === 'string' ? command : ''),
    async run(args, context) {
      const { command, workdir, timeoutSeconds } = args;
      if (typeof command !== 'string' || command.trim() === '') {
        return textResult('The argument "command" is missing.', true);
      }
      await mkdir(workspace, { recursive: true, mode: 0o700 });
      const wanted = typeof workdir === 'string' ? resolve(workspace, workdir) : workspace;
      const cwd = await realpath(wanted).catch(() => null);
      if (cwd === null) return textResult(`There is no directory ${wanted}.`, true);
      const resolvedPath = await findProgram(command, process.env.PATH ?? '');
      const verdict = await gate({ command, cwd, host: 'gateway', nodeId: null, resolvedPath }, context);
      if (!verdict.allowed) return refused(verdict.reason, cwd);
      const seconds =
        typeof timeoutSeconds === 'number' && timeoutSeconds > 0 ? timeoutSeconds : DEFAULT_TIMEOUT_S;
      return runCommand({ command, cwd, timeoutMs: Math.min(seconds, MAX_TIMEOUT_S) * 1000 }, context, clock);
    },
  };
}

const refused = (reason: string, cwd: string) =>
  textResult(reason, true, {
    status: 'failed',
    exitCode: null,
    durationMs: 0,
    aggregated: reason,
    timedOut: false,
    cwd,
  });

function runCommand(
  what: { command: string; cwd: string; timeoutMs: number },
  context: ToolCallContext,
  clock: GatewayClock,
): Promise<ToolResult> {
  const { command, cwd, timeoutMs } = what;
  const startedAt = clock.now();
  // A group of its own on systems that have them, so that what the shell started ends with it.
  const detached = process.platform !== 'win32';
  const child = spawn(command, {
    cwd,
    shell: true,
    detached,
    env: withoutOurVariables(process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  let output = '';
  let timedOut = false;
  // The first words are told at once, what follows a few times a second.
  let lastProgressAt = Number.NEGATIVE_INFINITY;
  const kill = (signal: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      if (detached) process.kill(-child.pid, signal);
      else child.kill(signal);
    } catch {
      // It is gone already.
    }
  };
  const end = () => {
    kill('SIGTERM');
    cancels.push(clock.after(KILL_AFTER_MS, () => kill('SIGKILL')));
  };
  const cancels = [
    clock.after(timeoutMs, () => {
      timedOut = true;
      end();
    }),
  ];
  context.signal.addEventListener('abort', end, { once: true });
  if (context.signal.aborted) end();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output = shorten(output + chunk);
      if (clock.now() - lastProgressAt < PROGRESS_EVERY_MS) return;
      lastProgressAt = clock.now();
      context.progress(output, { pid: child.pid, startedAt, cwd, tail: output.slice(-2_000) });
    });
  }
  return new Promise((settle) => {
    let problem: string | null = null;
    child.once('error', (error) => {
      problem = error.message;
    });
    child.once('close', (exitCode, exitSignal) => {
      for (const cancel of cancels) cancel();
      context.signal.removeEventListener('abort', end);
      const aggregated = (problem ?? output).trimEnd();
      const isError = exitCode !== 0;
      // An exit code as the real Gateway writes it: clients read it there, for a transcript has it nowhere else.
      const ending = timedOut
        ? `(stopped after ${Math.round(timeoutMs / 1000)} s)`
        : `(${exitSignal === null ? `Command exited with code ${exitCode}` : `ended by ${exitSignal}`})`;
      const written = aggregated || '(no output)';
      const text = isError ? `${written}\n\n${ending}` : written;
      settle(
        textResult(text, isError, {
          status: isError ? 'failed' : 'completed',
          exitCode,
          exitSignal,
          exitReason: timedOut ? 'timeout' : exitSignal === null ? 'exit' : 'signal',
          noOutputTimedOut: false,
          durationMs: clock.now() - startedAt,
          aggregated,
          timedOut,
          cwd,
        }),
      );
    });
  });
}

function shorten(text: string): string {
  if (text.length <= MAX_OUTPUT_CHARACTERS) return text;
  const half = MAX_OUTPUT_CHARACTERS / 2;
  return `${text.slice(0, half)}\n[…]\n${text.slice(-half)}`;
}
