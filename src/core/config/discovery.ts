import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type AppError, AppErrorException, appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';

export type Env = Record<string, string | undefined>;

export type ConfigLocation = {
  /** The active `openclaw.json`, absolute; there need not be one. */
  readonly file: string;
  readonly stateDir: string;
  /** What `--profile` named, without `default`. */
  readonly profile: string | null;
  /** Directories beside the configuration's own from which `$include` may read. */
  readonly includeRoots: readonly string[];
  /** The variable by which a deployment forbids every write, or null. */
  readonly readOnlyBy: 'OPENCLAW_CONFIG_READONLY' | 'OPENCLAW_NIX_MODE' | null;
};

const FILE_NAME = 'openclaw.json';
const PROFILE = /^[a-z0-9][a-z0-9_-]{0,63}$/i;

/** Whether a profile may be called so; `default` is the one without a name. */
export function isProfile(name: string): boolean {
  return PROFILE.test(name);
}

/** CONFIG_PROFILE_INVALID for what no profile may be called; null where none is given. */
export function profileError(profile: string | undefined): AppError | null {
  if (profile === undefined || isProfile(profile)) return null;
  return appError('CONFIG_PROFILE_INVALID', 'not a profile name', { details: { profile } });
}

/** A profile that has files of its own: null for none, for `default`, and for what is no name. */
export function profileName(profile: string | undefined): string | null {
  return profile === undefined || profile.toLowerCase() === 'default' || !isProfile(profile) ? null : profile;
}

/**
 * Where upstream finds its configuration: OPENCLAW_CONFIG_PATH, else OPENCLAW_STATE_DIR, else `~/.openclaw`, or
 * `~/.openclaw-NAME` with a profile, below OPENCLAW_HOME where that is set. A profile given on the command line replaces
 * the default paths, not those that were chosen by variable. OPENCLAW_PROFILE alone moves nothing (so does OpenClaw 2026.9.6).
 * CONFIG_PROFILE_INVALID for a name that could not be a directory's.
 */
export function locateConfig(
  env: Env,
  options: { homeDir?: string; profile?: string | undefined } = {},
): Result<ConfigLocation> {
  const { profile } = options;
  const invalid = profileError(profile);
  if (invalid) return err(invalid);
  const systemHome = options.homeDir ?? homedir();
  const expand = (path: string, home: string) => resolve(path.trim().replace(/^~(?=$|[\\/])/, home));
  const chosenHome = setValue(env.OPENCLAW_HOME);
  const home = chosenHome === null ? systemHome : expand(chosenHome, systemHome);
  const name = profileName(profile);
  const canonicalDir = (of: string | null) => join(home, of === null ? '.openclaw' : `.openclaw-${of}`);

  // Under the profile that this process inherited, those paths are no choice of a person.
  const inherited = canonicalDir(inheritedProfile(env));
  const isChosen = (path: string | null, canonical: string) =>
    path !== null && (profile === undefined || expand(path, home) !== canonical);
  const chosenDir = setValue(env.OPENCLAW_STATE_DIR);
  const chosenFile = setValue(env.OPENCLAW_CONFIG_PATH);

  const stateDir =
    chosenDir !== null && isChosen(chosenDir, inherited) ? expand(chosenDir, home) : canonicalDir(name);
  const file =
    chosenFile !== null && isChosen(chosenFile, join(inherited, FILE_NAME))
      ? expand(chosenFile, home)
      : join(stateDir, FILE_NAME);
  return ok({
    file,
    stateDir,
    profile: name,
    includeRoots: includeRoots(env.OPENCLAW_INCLUDE_ROOTS).map((root) => expand(root, home)),
    readOnlyBy: readOnlyBy(env),
  });
}

/** The variables with which a process that is told of no profile finds the files of this one. CONFIG_PROFILE_INVALID. */
export function environmentOfProfile(env: Env, homeDir: string, profile: string): Result<Env> {
  const location = locateConfig(env, { homeDir, profile });
  if (!location.ok) return location;
  const { file, stateDir } = location.value;
  return ok({ ...env, OPENCLAW_CONFIG_PATH: file, OPENCLAW_STATE_DIR: stateDir });
}

/**
 * What an engine is given for a profile: its name, and the environment that leads to its files. Throws as
 * {@link environmentOfProfile} fails.
 */
export function surroundingsOf(
  profile: string | undefined,
  env: Env,
  homeDir = homedir(),
): { readonly env: Env; readonly profile?: string } {
  if (profile === undefined) return { env };
  const found = environmentOfProfile(env, homeDir, profile);
  if (!found.ok) throw new AppErrorException(found.error);
  return { env: found.value, profile };
}

function inheritedProfile(env: Env): string | null {
  return profileName(setValue(env.OPENCLAW_PROFILE) ?? undefined);
}

/** Blank, `undefined` and `null` count as unset, as upstream has it. */
function setValue(text: string | undefined): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' || trimmed === 'undefined' || trimmed === 'null' ? null : trimmed;
}

function includeRoots(text: string | undefined): string[] {
  const separator = process.platform === 'win32' ? ';' : ':';
  return (text ?? '').split(separator).filter((root) => root.trim() !== '');
}

/** The variable by which a deployment forbids every write, or null. */
export function readOnlyBy(env: Env): ConfigLocation['readOnlyBy'] {
  if (env.OPENCLAW_CONFIG_READONLY === '1') return 'OPENCLAW_CONFIG_READONLY';
  return env.OPENCLAW_NIX_MODE === '1' ? 'OPENCLAW_NIX_MODE' : null;
}
