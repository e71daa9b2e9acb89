import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A directory that is gone after the test, by its real path. */
export async function scratch(): Promise<string> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'chela-secret-')));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A file with exactly this mode, whatever the umask. */
export async function put(file: string, text: string | Uint8Array, mode = 0o600): Promise<string> {
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}

/** A resolver command: a Node script by this very Node, without PATH. */
export function putResolver(file: string, script: string): Promise<string> {
  return put(file, `#!${process.execPath}\n${script}\n`, 0o700);
}

/** The body of a resolver that answers protocol 1; `answer` is JavaScript that makes the response of `request`. */
export function answering(answer: string): string {
  return `let text = '';
process.stdin.on('data', (chunk) => { text += chunk; });
process.stdin.on('end', () => { const request = JSON.parse(text); process.stdout.write(JSON.stringify(${answer})); });`;
}
