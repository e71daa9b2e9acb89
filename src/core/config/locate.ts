import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ConfigPath } from '../../shared/config/config-path.ts';
import {
  findNode,
  type Json5Document,
  type Json5Node,
  parseJson5,
} from '../../shared/config/json5-document.ts';
import { positionAt } from '../../shared/config/json5-problem.ts';
import { valueAt } from '../../shared/config/json5-value.ts';
import { AppErrorException } from '../../shared/errors.ts';
import { INCLUDE } from './broken-config.ts';
import { includeNames } from './includes.ts';

/** Line and column count from 1. */
export type ConfigPosition = { readonly file: string; readonly line: number; readonly column: number };

/**
 * Where the value of a path stands: in `file`, or in a file that it includes. Null where it stands nowhere, or a
 * file on the way cannot be read. Never rejects.
 */
export async function locateValue(file: string, path: ConfigPath, depth = 0): Promise<ConfigPosition | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  const parsed = text === null ? null : parseJson5(text);
  if (!parsed?.ok || depth > 10) return null;
  return locateBelow(file, parsed.document, parsed.document.root, path, depth);
}

async function locateBelow(
  file: string,
  document: Json5Document,
  node: Json5Node,
  path: ConfigPath,
  depth: number,
): Promise<ConfigPosition | null> {
  const [first, ...rest] = path;
  if (first === undefined) return { file, ...positionAt(document.text, node.start) };
  const child = findNode(node, [first]);
  const here = child && (await locateBelow(file, document, child, rest, depth));
  if (here) return here;
  for (const included of namesAt(file, document, node).reverse()) {
    const there = await locateValue(included, path, depth + 1);
    if (there) return there;
  }
  return null;
}

/**
 * The files, absolute, in which the value of a path stands or would stand because an object on its way has an
 * `$include` and the path is not written out in this file. Empty where the path is this file's own.
 */
export function includesOnTheWay(file: string, document: Json5Document, path: ConfigPath): string[] {
  let node: Json5Node = document.root;
  for (const segment of path) {
    const next = findNode(node, [segment]);
    if (!next) return namesAt(file, document, node);
    node = next;
  }
  return [];
}

/** Whether an `$include` stands at a path or below: writing a value there would do away with it. */
export function hasInclude(document: Json5Document, path: ConfigPath): boolean {
  const has = (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    (Object.hasOwn(value, INCLUDE) || Object.values(value).some(has));
  return has(valueAt(document.value, path));
}

function namesAt(file: string, document: Json5Document, node: Json5Node): string[] {
  const directive = findNode(node, [INCLUDE]);
  if (!directive) return [];
  const parsed = parseJson5(document.text.slice(directive.start, directive.end));
  try {
    return includeNames(parsed.ok ? parsed.document.value : null, file).map((name) =>
      resolve(dirname(file), name),
    );
  } catch (thrown) {
    if (thrown instanceof AppErrorException) return [];
    throw thrown;
  }
}
