import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import JSON5 from 'json5';
import { type OpenclawConfig, openclawConfigSchema } from '../../shared/config/openclaw.ts';
import { type AppError, appError } from '../../shared/errors.ts';

export type OpenclawFile = {
  /** Null where there is no file. */
  path: string | null;
  config: OpenclawConfig | null;
  /** Set when there is a file that cannot be read; then `config` is null. */
  problem: AppError | null;
};

type Env = Record<string, string | undefined>;

/** Where upstream looks for it: OPENCLAW_CONFIG_PATH, else OPENCLAW_STATE_DIR/openclaw.json, else ~/.openclaw/openclaw.json. */
export function openclawConfigPath(env: Env, homeDir: string): string {
  const expand = (path: string) => resolve(path.replace(/^~(?=$|[\\/])/, homeDir));
  if (env.OPENCLAW_CONFIG_PATH) return expand(env.OPENCLAW_CONFIG_PATH);
  const stateDir = env.OPENCLAW_STATE_DIR ? expand(env.OPENCLAW_STATE_DIR) : join(homeDir, '.openclaw');
  return join(stateDir, 'openclaw.json');
}

/** Reads `openclaw.json` (JSON5). Never throws and never writes; `${NAME}` in strings comes from `env`. */
export async function readOpenclawFile(env: Env, homeDir: string): Promise<OpenclawFile> {
  const path = openclawConfigPath(env, homeDir);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT')
      return { path: null, config: null, problem: null };
    return { path, config: null, problem: broken(path, 1, 1, errnoText(thrown)) };
  }
  try {
    const value: unknown = JSON5.parse(text, (_key, item: unknown) => expandVariables(item, env));
    const parsed = openclawConfigSchema.safeParse(value);
    if (parsed.success) return { path, config: parsed.data, problem: null };
    return { path, config: null, problem: broken(path, 1, 1, 'an object is expected') };
  } catch (thrown) {
    const {
      lineNumber = 1,
      columnNumber = 1,
      message,
    } = thrown as { lineNumber?: number; columnNumber?: number; message: string };
    return { path, config: null, problem: broken(path, lineNumber, columnNumber, json5Reason(message)) };
  }
}

/** Upper-case names only, as upstream substitutes them. With an unset name the whole value counts as absent. */
function expandVariables(item: unknown, env: Env): unknown {
  if (typeof item !== 'string') return item;
  let isComplete = true;
  const expanded = item.replace(/\$\{([A-Z_][A-Z0-9_]*)\}/g, (_reference, name: string) => {
    isComplete &&= env[name] !== undefined;
    return env[name] ?? '';
  });
  return isComplete ? expanded : undefined;
}

/** JSON5 says `JSON5: invalid character 'x' at 3:7`. */
function json5Reason(message: string): string {
  return message.replace(/^JSON5: /, '').replace(/ at \d+:\d+$/, '');
}

function errnoText(thrown: unknown): string {
  return (thrown as NodeJS.ErrnoException).code ?? 'unreadable';
}

function broken(file: string, line: number, column: number, reason: string): AppError {
  return appError('OPENCLAW_CONFIG_BROKEN', reason, { details: { file, line, column, reason } });
}
