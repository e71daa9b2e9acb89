import { appError } from '../errors.ts';
import { err, ok, type Result } from '../result.ts';

/** A number is an index written `[0]`; a text is a key, or an index of an array written `.0`. */
export type PathSegment = string | number;
export type ConfigPath = readonly PathSegment[];

const IDENTIFIER = /^[A-Za-z_$][\w$-]*$/;
/** They would reach the prototype of an object instead of the document. */
const FORBIDDEN: ReadonlySet<PathSegment> = new Set(['__proto__', 'prototype', 'constructor']);

/**
 * Reads a path as upstream writes it: `gateway.remote.url`, `list[0].id`, `models["a/b.c"].alias`, `a\.b`.
 * CONFIG_PATH_INVALID for anything else, an empty part or a name of the prototype chain.
 */
export function parseConfigPath(text: string): Result<ConfigPath> {
  const segments: PathSegment[] = [];
  let rest = text.trim();
  let isStart = true;
  while (rest !== '' || isStart) {
    const read = readBracket(rest) ?? readName(rest, isStart);
    if (!read || FORBIDDEN.has(read.segment)) return err(invalid(text));
    segments.push(read.segment);
    rest = rest.slice(read.length);
    isStart = false;
  }
  return ok(segments);
}

/** The shortest way to write it; {@link parseConfigPath} reads it back. */
export function formatConfigPath(path: ConfigPath): string {
  return path
    .map((segment, index) => {
      if (typeof segment === 'number') return `[${segment}]`;
      if (!IDENTIFIER.test(segment) && !/^\d+$/.test(segment)) return `[${JSON.stringify(segment)}]`;
      return index === 0 ? segment : `.${segment}`;
    })
    .join('');
}

type Read = { segment: PathSegment; length: number };

function readBracket(rest: string): Read | null {
  const index = /^\[\s*(\d{1,9})\s*\]/.exec(rest);
  if (index) return { segment: Number(index[1]), length: index[0].length };
  const quoted = /^\[\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*\]/s.exec(rest);
  if (quoted?.[1]) return { segment: unquote(quoted[1]), length: quoted[0].length };
  const bare = /^\[\s*([^\][\s"'][^\][\s]*)\s*\]/.exec(rest);
  return bare?.[1] ? { segment: bare[1], length: bare[0].length } : null;
}

function readName(rest: string, isStart: boolean): Read | null {
  const name = /^((?:[^.[\]\\]|\\.)+)/s.exec(isStart ? rest : rest.replace(/^\./, ''));
  if (!name?.[1] || (!isStart && !rest.startsWith('.'))) return null;
  return { segment: name[1].replace(/\\(.)/gs, '$1'), length: name[1].length + (isStart ? 0 : 1) };
}

function unquote(quoted: string): string {
  try {
    if (quoted.startsWith('"')) return JSON.parse(quoted) as string;
  } catch {
    // A backslash that JSON does not know: taken as it stands, below.
  }
  return quoted.slice(1, -1).replace(/\\(.)/gs, '$1');
}

function invalid(path: string) {
  return appError('CONFIG_PATH_INVALID', 'not a configuration path', { details: { path } });
}
