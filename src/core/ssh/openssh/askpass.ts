import { execFile } from 'node:child_process';
import { close, constants, open, write } from 'node:fs';
import { access, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AppErrorException, appError } from '../../../shared/errors.ts';

const run = promisify(execFile);
// Plain descriptors: a FileHandle closes its own when it is collected, after the socket below has taken it over.
const openFile = promisify(open);
const closeFile = promisify(close);
const writeFileDescriptor = promisify(write);

/** Answers one prompt. `hint` is `confirm`, `none` (nothing is to be answered) or `text`. Null: leave it waiting. */
export type AnswerPrompt = (text: string, hint: string) => Promise<string | null>;

/** The way on which `ssh` asks, and a place for its control socket. */
export type Askpass = {
  /** 0700, ours alone, removed by stop(). */
  readonly dir: string;
  /** For `ssh`: names of files and pipes, never an answer. */
  readonly env: NodeJS.ProcessEnv;
  stop(): Promise<void>;
};

export type StartAskpass = (
  answer: AnswerPrompt,
  options: { readonly env: NodeJS.ProcessEnv },
) => Promise<Askpass>;

/**
 * Only what every POSIX system has. The prompt goes to a file and the notice of it to a FIFO; the answer comes back
 * through a FIFO of this one prompt, so it is in no argument, no environment and no file. `head` and not the shell
 * reads it, since in some shells `printf` is a program, which would show the answer among its arguments.
 */
const script = `#!/bin/sh
umask 077
dir=\${0%/*}
mkfifo "$dir/a$$" || exit 1
printf '%s' "$1" >"$dir/p$$" || exit 1
echo "$$ \${SSH_ASKPASS_PROMPT:-text}" >"$dir/q" || exit 1
exec head -n 1 "$dir/a$$"
`;

/** The control socket's path, with what `ssh` adds while it makes it, has to fit into the 104 bytes of macOS. */
const longestRoot = 104 - 1 - '/chela-ssh-XXXXXX/c'.length - 17;

/** Linux and macOS. Rejects with OPENSSH_FAILED where no directory will do. */
export const startPosixAskpass: StartAskpass = async (answer, { env }) => {
  const dir = await makeDirectory(env);
  try {
    await run('mkfifo', ['-m', '600', join(dir, 'q')], { env });
    // Open for both, so that it neither waits for a writer nor ends with one.
    const requests = await openFifo(join(dir, 'q'));
    return serve(dir, requests, answer);
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
};

function openFifo(file: string): Promise<number> {
  return openFile(file, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
}

function serve(dir: string, requests: number, answer: AnswerPrompt): Askpass {
  const answers = new Set<number>();
  let stopped = false;
  let rest = '';

  const handle = async (pid: string, hint: string) => {
    const promptFile = join(dir, `p${pid}`);
    const text = await readFile(promptFile, 'utf8');
    await rm(promptFile, { force: true });
    const line = await answer(text, hint);
    if (line === null || stopped) return;
    const fifo = await openFifo(join(dir, `a${pid}`));
    // Kept open: with nobody at either end a FIFO forgets what is in it.
    if (stopped) {
      await closeFile(fifo);
      return;
    }
    answers.add(fifo);
    // A line is what `ssh` takes; anything after it would be an answer to nothing.
    await writeFileDescriptor(fifo, `${line.split('\n')[0] ?? ''}\n`);
  };

  const reader = new Socket({ fd: requests, readable: true, writable: false });
  reader.setEncoding('utf8');
  reader.on('error', () => {});
  reader.on('data', (chunk) => {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const request = /^(\d+) (\w+)$/.exec(line);
      // What could not be asked is not answered either, and the attempt runs into its end.
      if (request?.[1] && request[2]) handle(request[1], request[2]).catch(() => {});
    }
  });

  return {
    dir,
    env: {
      SSH_ASKPASS: join(dir, 'ask'),
      SSH_ASKPASS_REQUIRE: 'force',
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      reader.destroy();
      await Promise.all([...answers].map((fifo) => closeFile(fifo).catch(() => {})));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function makeDirectory(env: NodeJS.ProcessEnv): Promise<string> {
  const home = env.HOME;
  const roots = [tmpdir(), '/tmp', env.XDG_RUNTIME_DIR, home && join(home, '.cache'), home];
  const reasons: string[] = [];
  for (const root of new Set(roots)) {
    if (!root || root.length > longestRoot) continue;
    let dir: string | null = null;
    try {
      dir = await mkdtemp(join(root, 'chela-ssh-'));
      await chmod(dir, 0o700);
      const ask = join(dir, 'ask');
      await writeFile(ask, script, { mode: 0o700, flag: 'wx' });
      // Fails where the file system is mounted noexec.
      await access(ask, constants.X_OK);
      return dir;
    } catch (error) {
      if (dir) await rm(dir, { recursive: true, force: true });
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  const reason = reasons.join('; ');
  throw new AppErrorException(appError('OPENSSH_FAILED', reason, { details: { reason } }));
}
