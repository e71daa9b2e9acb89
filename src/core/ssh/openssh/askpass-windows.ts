import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StartAskpass } from './askpass.ts';

/** Batch files lose what follows a line break in an argument; the fingerprint then comes from `ssh -v`. */
const batch = (powershell: string) =>
  [
    '@echo off',
    'setlocal DisableDelayedExpansion',
    'set "CHELA_PROMPT=%~1"',
    `"${powershell}" -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "%~dp0ask.ps1"`,
    '',
  ].join('\r\n');

const powershellScript = (pipe: string) =>
  [
    "$ErrorActionPreference = 'Stop'",
    `$pipe = New-Object System.IO.Pipes.NamedPipeClientStream('.', '${pipe}', 'InOut')`,
    '$pipe.Connect(5000)',
    '$utf8 = New-Object System.Text.UTF8Encoding($false)',
    '$writer = New-Object System.IO.StreamWriter($pipe, $utf8)',
    "$hint = if ($env:SSH_ASKPASS_PROMPT) { $env:SSH_ASKPASS_PROMPT } else { 'text' }",
    '$prompt = [Convert]::ToBase64String($utf8.GetBytes([string]$env:CHELA_PROMPT))',
    '$writer.WriteLine("$hint $prompt")',
    '$writer.Flush()',
    '$answer = (New-Object System.IO.StreamReader($pipe, $utf8)).ReadLine()',
    'if ($null -eq $answer) { exit 1 }',
    '[Console]::OutputEncoding = $utf8',
    '[Console]::Out.WriteLine($answer)',
    '',
  ].join('\r\n');

/** Windows: a batch file, PowerShell and a named pipe with a name that cannot be guessed. */
export const startWindowsAskpass: StartAskpass = async (answer, { env }) => {
  const dir = await mkdtemp(join(tmpdir(), 'chela-ssh-'));
  const pipe = `chela-askpass-${randomUUID()}`;
  const root = env.SystemRoot ?? 'C:\\Windows';
  const powershell = `${root}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`;
  await writeFile(join(dir, 'ask.cmd'), batch(powershell), { flag: 'wx' });
  await writeFile(join(dir, 'ask.ps1'), powershellScript(pipe), { flag: 'wx' });

  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    answerOne(socket, answer);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(`\\\\.\\pipe\\${pipe}`, resolve);
  });
  return {
    dir,
    env: { SSH_ASKPASS: join(dir, 'ask.cmd'), SSH_ASKPASS_REQUIRE: 'force' },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(dir, { recursive: true, force: true });
    },
  };
};

/** One line in, `hint base64`; one line out. */
export function answerOne(socket: Socket, answer: Parameters<StartAskpass>[0]): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => {
    text += String(chunk);
    const request = /^(\w+) ([A-Za-z0-9+/=]*)\r?\n/.exec(text);
    if (!request) return;
    socket.removeAllListeners('data');
    const prompt = Buffer.from(request[2] ?? '', 'base64').toString('utf8');
    answer(prompt, request[1] ?? 'text').then(
      (line) => {
        if (line !== null) socket.end(`${line.split('\n')[0] ?? ''}\n`);
      },
      () => socket.destroy(),
    );
  });
}
