import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { type AppError, appError, type ErrorDetails } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';

/** What was wrong with a file or with standard input; the keys of `causes.CLI_INPUT`. */
export type InputProblem =
  | 'absent'
  | 'forbidden'
  | 'directory'
  | 'unreadable'
  | 'tooLarge'
  | 'binary'
  | 'empty'
  | 'lines'
  | 'control'
  | 'terminal'
  | 'twice'
  | 'both'
  | 'notJson'
  | 'notObject'
  | 'urlScheme'
  | 'urlShape'
  | 'urlSecret';

/** `source` names the input as a person gave it: an option and, with it, the file. Never the content. */
export function inputError(source: string, cause: InputProblem, details: ErrorDetails = {}): AppError {
  return appError('CLI_INPUT', `${source}: ${cause}`, { details: { source, cause, ...details } });
}

/** Text of a file that may also be a pipe (`<(pass show gateway)`), at most `limit` bytes of UTF-8. Never rejects. */
export async function readTextFile(
  file: string,
  source: string,
  limit: number,
  signal: AbortSignal,
): Promise<Result<{ text: string; isOpenToOthers: boolean }>> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(file, 'r');
    const facts = await handle.stat();
    if (facts.isDirectory()) return err(inputError(source, 'directory'));
    const isOpenToOthers = facts.isFile() && process.platform !== 'win32' && (facts.mode & 0o077) !== 0;
    const stream = createReadStream(file, { fd: handle, highWaterMark: 65_536 });
    const text = await readText(stream, source, limit, signal);
    return text.ok ? ok({ text: text.value, isOpenToOthers }) : text;
  } catch (thrown) {
    return err(errnoProblem(source, thrown));
  } finally {
    // A stream that was read to its end has closed it.
    await handle?.close().catch(() => undefined);
  }
}

/** Text of standard input. A terminal is not waited at: nothing typed there would stay hidden. Never rejects. */
export async function readTextStdin(
  stdin: NodeJS.ReadStream,
  source: string,
  limit: number,
  signal: AbortSignal,
): Promise<Result<string>> {
  if (stdin.isTTY) return err(inputError(source, 'terminal'));
  try {
    return await readText(stdin, source, limit, signal);
  } catch (thrown) {
    return err(errnoProblem(source, thrown));
  }
}

async function readText(
  stream: Readable,
  source: string,
  limit: number,
  signal: AbortSignal,
): Promise<Result<string>> {
  const chunks: Buffer[] = [];
  let size = 0;
  addAbortSignal(signal, stream);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) return err(inputError(source, 'tooLarge', { limit }));
    chunks.push(chunk);
  }
  return decode(Buffer.concat(chunks), source);
}

function decode(bytes: Buffer, source: string): Result<string> {
  if (bytes.includes(0)) return err(inputError(source, 'binary'));
  try {
    // Takes a byte order mark off, too.
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return err(inputError(source, 'binary'));
  }
}

/** What the system says of a file, by its `errno`. */
export function errnoProblem(source: string, thrown: unknown): AppError {
  const { code = 'unknown', name } = thrown as NodeJS.ErrnoException;
  if (name === 'AbortError') return appError('STOPPED', 'reading was given up');
  if (code === 'ENOENT' || code === 'ENOTDIR') return inputError(source, 'absent');
  if (code === 'EACCES' || code === 'EPERM') return inputError(source, 'forbidden');
  if (code === 'EISDIR') return inputError(source, 'directory');
  return inputError(source, 'unreadable', { errno: code });
}
