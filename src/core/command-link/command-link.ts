import { constants } from 'node:fs';
import { access, lstat, mkdir, readFile, readlink, symlink, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { assertNever } from '../../shared/assert-never.ts';
import { appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { diskCause } from '../disk-cause.ts';

export type LinkPlace = {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
  /** Where to put it; the system's usual directory when absent. */
  readonly dir?: string | undefined;
};

export type CommandLink = {
  readonly file: string;
  readonly target: string;
  /** Whether a shell finds it. */
  readonly isOnPath: boolean;
  /** The line that puts its directory on PATH; null where it is, and on Windows, where a dialog does that. */
  readonly pathLine: string | null;
};

/** What stands where the command would: nothing, a link of ours and where it leads, or somebody else's file. */
type Standing =
  | { readonly tag: 'absent' }
  | { readonly tag: 'foreign' }
  | { readonly tag: 'ours'; readonly target: string };

/** What is there before anything is done; `elsewhere` is a link of ours to another target. */
export type CommandPlace = Omit<CommandLink, 'target'> & {
  readonly standing: 'notLinked' | 'taken' | 'linked' | 'elsewhere';
};

const OURS = /[\\/]out[\\/]main[\\/]cli\.js$/;
const SHIM_MARK = '@rem Made by chela link; chela unlink removes it.';

/**
 * Makes `chela` in a directory of commands lead to `target`, the built `cli.js`: a symbolic link, on Windows a `chela.cmd`.
 * A link of ours is replaced. LINK_TAKEN for any other file, LINK_UNWRITABLE.
 */
export async function linkCommand(target: string, place: LinkPlace): Promise<Result<CommandLink>> {
  const dir = await linkDir(place);
  const file = fileIn(dir, place);
  try {
    const standing = await standingAt(file, place);
    if (standing.tag === 'foreign') return taken(file);
    await mkdir(dir, { recursive: true });
    if (standing.tag === 'ours') await unlink(file);
    // Neither follows or replaces what somebody puts there in between.
    if (place.platform === 'win32') await writeFile(file, shimFor(target), { flag: 'wx' });
    else await symlink(target, file);
    return ok({ file, target, ...onPath(dir, place) });
  } catch (thrown) {
    return failed(file, thrown);
  }
}

/** Looks at the place where `linkCommand` would put it. LINK_UNWRITABLE where it cannot even be looked at. */
export async function lookAtCommand(target: string, place: LinkPlace): Promise<Result<CommandPlace>> {
  const dir = await linkDir(place);
  const file = fileIn(dir, place);
  try {
    const found = await standingAt(file, place);
    return ok({ file, standing: standingOf(found, target), ...onPath(dir, place) });
  } catch (thrown) {
    return failed(file, thrown);
  }
}

function standingOf(found: Standing, target: string): CommandPlace['standing'] {
  switch (found.tag) {
    case 'absent':
      return 'notLinked';
    case 'foreign':
      return 'taken';
    case 'ours':
      return found.target === target ? 'linked' : 'elsewhere';
    default:
      return assertNever(found);
  }
}

/** Removes the link, wherever it leads. Null where there was none; LINK_TAKEN where the file is not ours. */
export async function unlinkCommand(place: LinkPlace): Promise<Result<{ file: string } | null>> {
  const file = fileIn(await linkDir(place), place);
  try {
    const standing = await standingAt(file, place);
    if (standing.tag === 'foreign') return taken(file);
    if (standing.tag === 'absent') return ok(null);
    await unlink(file);
    return ok({ file });
  } catch (thrown) {
    return failed(file, thrown);
  }
}

async function linkDir({ platform, env, homeDir, dir }: LinkPlace): Promise<string> {
  if (dir !== undefined) return resolve(dir);
  if (platform === 'win32') {
    // On every user's PATH from the start.
    return join(env.LOCALAPPDATA || join(homeDir, 'AppData', 'Local'), 'Microsoft', 'WindowsApps');
  }
  const own = join(homeDir, '.local', 'bin');
  if (platform !== 'darwin') return own;
  const common = '/usr/local/bin';
  return access(common, constants.W_OK).then(
    () => common,
    () => own,
  );
}

function fileIn(dir: string, { platform }: LinkPlace): string {
  return join(dir, platform === 'win32' ? 'chela.cmd' : 'chela');
}

async function standingAt(file: string, { platform }: LinkPlace): Promise<Standing> {
  const stats = await lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (stats === null) return { tag: 'absent' };
  if (platform !== 'win32') {
    if (!stats.isSymbolicLink()) return { tag: 'foreign' };
    const target = resolve(dirname(file), await readlink(file));
    return OURS.test(target) ? { tag: 'ours', target } : { tag: 'foreign' };
  }
  if (!stats.isFile() || stats.size > 4096) return { tag: 'foreign' };
  const text = await readFile(file, 'utf8');
  const target = /^@node "(.+)" %\*/m.exec(text)?.[1]?.replaceAll('%%', '%');
  return text.startsWith(SHIM_MARK) && target !== undefined ? { tag: 'ours', target } : { tag: 'foreign' };
}

/** A per cent sign in a path would begin a variable. */
function shimFor(target: string): string {
  return `${SHIM_MARK}\r\n@node "${target.replaceAll('%', '%%')}" %*\r\n`;
}

function onPath(dir: string, { platform, env }: LinkPlace): Pick<CommandLink, 'isOnPath' | 'pathLine'> {
  const isWindows = platform === 'win32';
  const spelling = (path: string) => (isWindows ? resolve(path).toLowerCase() : resolve(path));
  const found = (env.PATH ?? env.Path ?? '').split(isWindows ? ';' : ':').filter((part) => part !== '');
  const isOnPath = found.some((part) => spelling(part) === spelling(dir));
  if (isOnPath || isWindows) return { isOnPath, pathLine: null };
  const quoted = `'${dir.replaceAll("'", `'\\''`)}'`;
  const isFish = /(^|\/)fish$/.test(env.SHELL ?? '');
  return { isOnPath, pathLine: isFish ? `fish_add_path ${quoted}` : `export PATH=${quoted}:"$PATH"` };
}

function taken(file: string): Result<never> {
  return err(appError('LINK_TAKEN', 'a file that is not ours', { details: { file } }));
}

function failed(file: string, thrown: unknown): Result<never> {
  const reason = (thrown as NodeJS.ErrnoException).code ?? 'unknown';
  if (reason === 'EEXIST') return taken(file);
  return err(appError('LINK_UNWRITABLE', reason, { details: { file, reason, ...diskCause(reason) } }));
}
