import { readFile } from 'node:fs/promises';
import JSON5 from 'json5';
import { problemOf } from '../../shared/config/json5-problem.ts';
import { type OpenclawConfig, openclawConfigSchema } from '../../shared/config/openclaw.ts';
import { type AppError, toAppError } from '../../shared/errors.ts';
import { type ConfigLocation, type Env, locateConfig } from './discovery.ts';
import { brokenError, resolveIncludes } from './includes.ts';

export type OpenclawFile = {
  /** Null where there is no file. */
  path: string | null;
  config: OpenclawConfig | null;
  /** All of it, with included files and before any `${NAME}` was replaced. */
  authored: unknown;
  /** The files that `$include` brought in, absolute. */
  included: readonly string[];
  /** Set when there is a file that cannot be read; then `config` is null. */
  problem: AppError | null;
};

export const noOpenclawFile: OpenclawFile = {
  path: null,
  config: null,
  authored: undefined,
  included: [],
  problem: null,
};

/** Reads the active `openclaw.json`. Never throws and never writes; `${NAME}` in strings comes from `env`. */
export async function readOpenclawFile(
  env: Env,
  homeDir: string,
  profile?: string | undefined,
): Promise<OpenclawFile> {
  const location = locateConfig(env, { homeDir, profile });
  if (!location.ok) return { ...noOpenclawFile, problem: location.error };
  return readConfigAt(location.value, env);
}

/** The same for a location that is known. */
export async function readConfigAt(location: ConfigLocation, env: Env): Promise<OpenclawFile> {
  const { file: path } = location;
  const failed = (problem: AppError, included: readonly string[] = []): OpenclawFile => ({
    ...noOpenclawFile,
    path,
    included,
    problem,
  });
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? 'unreadable';
    return code === 'ENOENT'
      ? noOpenclawFile
      : failed(brokenError(path, { line: 1, column: 1, reason: code }));
  }
  let root: unknown;
  try {
    root = JSON5.parse(text);
  } catch (thrown) {
    return failed(brokenError(path, problemOf(text, thrown)));
  }
  try {
    const { value: authored, files: included } = await resolveIncludes(root, location);
    const parsed = openclawConfigSchema.safeParse(substituteVariables(authored, env));
    if (parsed.success) return { path, config: parsed.data, authored, included, problem: null };
    return failed(brokenError(path, { line: 1, column: 1, reason: 'an object is expected' }), included);
  } catch (thrown) {
    return failed(toAppError(thrown));
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
