import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { LogsTailParams, LogsTailResult } from '@openclaw/gateway-protocol';
import type { GatewayLogger } from './options.ts';

/** What the Gateway logs, as JSON lines in a file of its own (0600), for `logs.tail`. */
export type LogFile = {
  readonly path: string;
  /** Writes to the file and passes everything on. */
  readonly logger: GatewayLogger;
  /** Lines after `cursor`, or the newest ones without. `cursor` and `size` count bytes. */
  tail(params: LogsTailParams): LogsTailResult;
  close(): void;
};

const DEFAULT_LINES = 500;
const DEFAULT_BYTES = 250_000;
/** A full file is kept as `.1`; the one before that goes. */
const MAX_FILE_BYTES = 5 * 1024 * 1024;

export function openLogFile(path: string, next: GatewayLogger, now: () => number): LogFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_FILE_BYTES) renameSync(path, `${path}.1`);
  let file: number | null = openSync(path, 'a+', 0o600);
  let size = fstatSync(file).size;

  const write = (level: keyof GatewayLogger, fields: Record<string, unknown>, message: string) => {
    if (file === null) return;
    const time = new Date(now()).toISOString();
    const line = Buffer.from(`${JSON.stringify({ time, level, message, ...fields })}\n`);
    try {
      size += writeSync(file, line);
      if (size <= MAX_FILE_BYTES) return;
      closeSync(file);
      file = null;
      renameSync(path, `${path}.1`);
      file = openSync(path, 'a+', 0o600);
      size = 0;
    } catch {
      // A full disk must not stop the Gateway, and there is nowhere left to say so.
    }
  };

  const at = (level: keyof GatewayLogger) => (fields: Record<string, unknown>, message: string) => {
    if (level !== 'debug') write(level, fields, message);
    next[level](fields, message);
  };

  return {
    path,
    logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    tail({ cursor, limit = DEFAULT_LINES, maxBytes = DEFAULT_BYTES }) {
      // A cursor behind the end belongs to a file that was put aside since.
      const reset = cursor !== undefined && cursor > size;
      const wanted = cursor === undefined || reset ? 0 : cursor;
      const start = Math.max(wanted, size - maxBytes);
      const text = file === null ? '' : readText(file, start, size);
      const lines = text.split('\n');
      // Cut in the middle of a line: what is left of that line says nothing.
      if (start > wanted) lines.shift();
      if (lines.at(-1) === '') lines.pop();
      const kept = lines.slice(-limit);
      return {
        file: path,
        cursor: size,
        size,
        lines: kept,
        truncated: start > wanted || kept.length < lines.length,
        reset,
      };
    },
    close() {
      if (file !== null) closeSync(file);
      file = null;
    },
  };
}

function readText(file: number, from: number, to: number): string {
  const buffer = Buffer.alloc(to - from);
  let read = 0;
  while (read < buffer.length) {
    const count = readSync(file, buffer, read, buffer.length - read, from + read);
    if (count === 0) break;
    read += count;
  }
  return buffer.toString('utf8', 0, read);
}
