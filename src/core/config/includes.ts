import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import JSON5 from 'json5';
import { problemOf } from '../../shared/config/json5-problem.ts';
import { AppErrorException } from '../../shared/errors.ts';
import { isRecord } from '../../shared/is-record.ts';
import { brokenError, INCLUDE } from './broken-config.ts';
import type { ConfigLocation } from './discovery.ts';

const MAX_DEPTH = 10;
const MAX_BYTES = 2 * 1024 * 1024;
const MAX_PATH = 4096;

type Reading = { location: ConfigLocation; roots: readonly string[]; files: string[] };

/**
 * Puts the files that `$include` names in its place, as upstream does: one file stands for its object, several are
 * merged in order (arrays joined), what stands beside `$include` wins. Bounded to ten levels, 2 MB a file, and to the directory of
 * `openclaw.json` and OPENCLAW_INCLUDE_ROOTS, links resolved. Rejects with {@link AppErrorException}: OPENCLAW_CONFIG_BROKEN.
 */
export async function resolveIncludes(
  value: unknown,
  location: ConfigLocation,
): Promise<{ value: unknown; files: string[] }> {
  const allowed = [dirname(location.file), ...location.includeRoots];
  const roots = await Promise.all(allowed.map((root) => realpath(root).catch(() => root)));
  const reading: Reading = { location, roots, files: [] };
  return { value: await walk(value, [location.file], reading), files: [...new Set(reading.files)] };
}

async function walk(value: unknown, chain: readonly string[], reading: Reading): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((item) => walk(item, chain, reading)));
  if (!isRecord(value)) return value;
  const own = Object.fromEntries(
    await Promise.all(
      Object.entries(value)
        .filter(([key]) => key !== INCLUDE)
        .map(async ([key, item]) => [key, await walk(item, chain, reading)] as const),
    ),
  );
  if (!Object.hasOwn(value, INCLUDE)) return own;
  const including = chain.at(-1) ?? reading.location.file;
  const included: unknown[] = [];
  for (const name of includeNames(value[INCLUDE], including)) included.push(await read(name, chain, reading));
  const merged = included.reduce((left, right) => merge(left, right));
  if (Object.keys(own).length === 0) return merged;
  if (!isRecord(merged)) throw broken(including, 'keys beside $include need an object in the included file');
  return merge(merged, own);
}

/** The names of an `$include`: a text, or a list of them. Throws {@link AppErrorException} for anything else. */
export function includeNames(value: unknown, including: string): readonly [string, ...string[]] {
  const names: unknown[] = Array.isArray(value) ? value : [value];
  const [first, ...rest] = names.filter((name) => typeof name === 'string');
  if (first === undefined || rest.length + 1 !== names.length) {
    throw broken(including, '$include is a file name or a list of them');
  }
  return [first, ...rest];
}

async function read(name: string, chain: readonly string[], reading: Reading): Promise<unknown> {
  const including = chain.at(-1) ?? reading.location.file;
  const file = await includedFile(name, including, reading.roots);
  if (chain.includes(file)) throw broken(including, `$include leads in a circle: ${name}`);
  if (chain.length > MAX_DEPTH) throw broken(including, `more than ${MAX_DEPTH} levels of $include`);
  reading.files.push(file);
  const text = await readBounded(file, including, name);
  try {
    return await walk(JSON5.parse(text), [...chain, file], reading);
  } catch (thrown) {
    if (thrown instanceof AppErrorException) throw thrown;
    throw new AppErrorException(brokenError(file, problemOf(text, thrown)));
  }
}

/** The absolute path of an included file, checked against the directories it may come from. */
async function includedFile(name: string, including: string, roots: readonly string[]): Promise<string> {
  const file = resolve(dirname(including), name);
  if (name.trim() === '' || name.includes('\0') || name.length >= MAX_PATH || file.length >= MAX_PATH) {
    throw broken(including, '$include has no usable file name');
  }
  const parent = await realpath(dirname(file)).catch(() => dirname(file));
  const real = await realpath(file).catch(() => join(parent, file.slice(dirname(file).length + 1)));
  if (!roots.some((root) => isWithin(real, root))) {
    throw broken(including, `$include leads out of the configuration's directory: ${name}`);
  }
  return file;
}

async function readBounded(file: string, including: string, name: string): Promise<string> {
  try {
    if ((await stat(file)).size > MAX_BYTES) throw broken(including, `${name} is larger than 2 MB`);
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if (thrown instanceof AppErrorException) throw thrown;
    throw broken(
      including,
      `${name} cannot be read (${(thrown as NodeJS.ErrnoException).code ?? 'unknown'})`,
    );
  }
}

function merge(left: unknown, right: unknown): unknown {
  if (Array.isArray(left) && Array.isArray(right)) return [...left, ...right];
  if (!isRecord(left) || !isRecord(right)) return right;
  const merged: Record<string, unknown> = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const item = Object.hasOwn(merged, key) ? merge(merged[key], value) : value;
    Object.defineProperty(merged, key, { value: item, enumerable: true, writable: true, configurable: true });
  }
  return merged;
}

function isWithin(path: string, root: string): boolean {
  const way = relative(root, path);
  return way !== '' && !way.startsWith('..') && !isAbsolute(way);
}

function broken(file: string, reason: string): AppErrorException {
  return new AppErrorException(brokenError(file, { line: 1, column: 1, reason }));
}
