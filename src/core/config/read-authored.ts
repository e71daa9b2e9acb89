import { readFile } from 'node:fs/promises';
import { type AppError, toAppError } from '../../shared/errors.ts';
import { brokenError, INCLUDE } from './broken-config.ts';
import type { ConfigLocation, Env } from './discovery.ts';

/** `openclaw.json` with its included files and before any `${NAME}` was replaced. */
export type Authored =
  | { readonly tag: 'absent' }
  | { readonly tag: 'read'; readonly authored: unknown; readonly included: readonly string[] }
  | { readonly tag: 'broken'; readonly problem: AppError };

/** Reads, parses and includes. What only some files need (JSON5, includes, positions) is loaded for those. Never rejects. */
export async function readAuthored(location: ConfigLocation): Promise<Authored> {
  const { file } = location;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (thrown) {
    const reason = (thrown as NodeJS.ErrnoException).code ?? 'unreadable';
    if (reason === 'ENOENT') return { tag: 'absent' };
    return { tag: 'broken', problem: brokenError(file, { line: 1, column: 1, reason }) };
  }
  let root: unknown;
  try {
    root = await parseJson5(text);
  } catch (thrown) {
    const { problemOf } = await import('../../shared/config/json5-problem.ts');
    return { tag: 'broken', problem: brokenError(file, problemOf(text, thrown)) };
  }
  try {
    if (!hasInclude(root)) return { tag: 'read', authored: root, included: [] };
    const { resolveIncludes } = await import('./includes.ts');
    const { value: authored, files: included } = await resolveIncludes(root, location);
    return { tag: 'read', authored, included };
  } catch (thrown) {
    return { tag: 'broken', problem: toAppError(thrown) };
  }
}

function hasInclude(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, INCLUDE) || Object.values(value).some(hasInclude);
}

/** JSON is the same in JSON5, and most files are JSON. Throws as `json5` does. */
async function parseJson5(text: string): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch {
    const { default: JSON5 } = await import('json5');
    return JSON5.parse(text);
  }
}

/**
 * Replaces `${NAME}` (upper case only, as upstream does) in every text; `$${NAME}` stands for itself. With a name that
 * is unset or empty the whole value counts as absent.
 */
export function substituteVariables(value: unknown, env: Env): unknown {
  if (typeof value === 'string') return substituteText(value, env);
  if (Array.isArray(value)) return value.map((item) => substituteVariables(item, env));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, substituteVariables(item, env)]),
  );
}

function substituteText(text: string, env: Env): string | undefined {
  let isComplete = true;
  const substituted = text.replace(
    /\$(\$\{[A-Z_][A-Z0-9_]*\})|\$\{([A-Z_][A-Z0-9_]*)\}/g,
    (_all, literal, name) => {
      if (literal !== undefined) return String(literal);
      const value = env[String(name)];
      isComplete &&= value !== undefined && value !== '';
      return value ?? '';
    },
  );
  return isComplete ? substituted : undefined;
}
