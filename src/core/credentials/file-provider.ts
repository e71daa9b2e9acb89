import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { Clock } from '../clock.ts';
import { expandHome } from './expand-home.ts';
import { type PathGuard, plainFile } from './path-guard.ts';
import type { FileProvider } from './providers.ts';
import { property } from './secret-ref.ts';

export type Lookup =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      readonly code: 'SECRET_FILE_UNUSABLE' | 'SECRET_FILE_CONTENT';
      readonly cause: string;
      readonly details?: Readonly<Record<string, number>>;
    };

type Deps = { readonly guard: PathGuard; readonly clock: Clock; readonly homeDir: string };

/**
 * One value of a private file: by JSON pointer, or the whole file without its last newline. The file has to be a plain
 * one of this user, with one name, readable by nobody else; a link is not followed. Never rejects.
 */
export async function readFileSecret(provider: FileProvider, id: string, deps: Deps): Promise<Lookup> {
  const path = expandHome(provider.path, deps.homeDir);
  if (!isAbsolute(path)) return unusable('relative');
  const bytes = await within(
    deps.clock,
    provider.timeoutMs,
    readPrivate(path, provider.maxBytes, deps.guard),
  );
  if (bytes === 'slow') return unusable('slow', { ms: provider.timeoutMs });
  if (!bytes.ok) return bytes;
  const text = decodeText(bytes.bytes);
  if (text === null) return unusable('binary');
  return provider.mode === 'singleValue' ? singleValue(text, id) : byPointer(text, id);
}

async function readPrivate(path: string, maxBytes: number, guard: PathGuard): Promise<ReadBytes> {
  const found = await plainFile(path);
  if (!found.ok) return unusable(found.cause);
  let handle: FileHandle;
  try {
    // The file that is opened is the one that is checked, whatever happens to its name in between.
    handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (thrown) {
    return unusable((thrown as NodeJS.ErrnoException).code === 'ELOOP' ? 'link' : 'forbidden');
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return unusable('notAFile');
    const cause = await guard.isPrivate(path, stats);
    if (cause) return unusable(cause);
    const bytes = Buffer.alloc(maxBytes + 1);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    if (length > maxBytes) return unusable('tooLarge', { limit: maxBytes });
    return { ok: true, bytes: bytes.subarray(0, length) };
  } catch {
    return unusable('forbidden');
  } finally {
    await handle.close();
  }
}

type ReadBytes = { readonly ok: true; readonly bytes: Uint8Array } | Extract<Lookup, { ok: false }>;

function singleValue(text: string, id: string): Lookup {
  if (id !== 'value') return content('singleValue');
  const value = withoutLastNewline(text);
  return value.trim() === '' ? content('empty') : { ok: true, text: value };
}

function byPointer(text: string, id: string): Lookup {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    // The parser's message quotes what it read.
    return content('notJson');
  }
  if (typeof root !== 'object' || root === null || Array.isArray(root)) return content('notJson');
  if (!id.startsWith('/')) return content('noValue');
  const value = atPointer(root, id);
  if (value === undefined) return content('noValue');
  if (typeof value !== 'string') return content('notText');
  return value.trim() === '' ? content('empty') : { ok: true, text: value };
}

/** RFC 6901. */
function atPointer(root: unknown, pointer: string): unknown {
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (value, key) =>
        Array.isArray(value)
          ? /^(0|[1-9]\d*)$/.test(key)
            ? value[Number(key)]
            : undefined
          : property(value, key),
      root,
    );
}

/** Null for bytes that are not UTF-8, or hold a NUL. */
export function decodeText(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

export function withoutLastNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}

function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | 'slow'> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => resolve('slow'));
    work.finally(cancel).then(resolve, reject);
  });
}

function unusable(cause: string, details?: Record<string, number>): Extract<Lookup, { ok: false }> {
  return { ok: false, code: 'SECRET_FILE_UNUSABLE', cause, ...(details && { details }) };
}

function content(cause: string): Lookup {
  return { ok: false, code: 'SECRET_FILE_CONTENT', cause };
}
