import { copyFileSync, lstatSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Settings, settingsSchema } from '../../shared/config/settings.ts';
import { type AppError, appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';

/** What is used of `conf`, and so of `electron-store`, which is built on it. */
type ConfLike = { store: Record<string, unknown>; readonly path: string };

/** The options for `new Conf(…)` and `new ElectronStore(…)` alike: same file, private, never cleared behind a person's back. */
type ConfOptions = {
  cwd: string;
  configName: string;
  fileExtension: string;
  configFileMode: number;
  clearInvalidConfig: false;
  accessPropertiesByDotNotation: false;
};

export type SettingsStore = {
  readonly path: string;
  /** Set when a damaged file was put aside at opening. */
  readonly problem: AppError | null;
  read(): Settings;
  write(settings: Settings): Result<void>;
};

export type OpenSettings = {
  dataDir: string;
  /** `(options) => new Conf(options)`, or electron-store's constructor in Electron. */
  create: (options: ConfOptions) => ConfLike;
  now?: () => number;
};

const NAME = 'settings';

/**
 * Opens `<dataDir>/settings.json`. A damaged file is renamed to `settings.json.broken-<epoch ms>` and reported in
 * `problem`; a symbolic link is refused by `write`. The previous content is kept as `settings.json.bak`,
 * unless it holds a token in plain text that the new one does not.
 */
export function openSettingsStore({ dataDir, create, now = Date.now }: OpenSettings): SettingsStore {
  const path = join(dataDir, `${NAME}.json`);
  const problem = setDamagedAside(path, now);
  const conf = create({
    cwd: dataDir,
    configName: NAME,
    fileExtension: 'json',
    configFileMode: 0o600,
    clearInvalidConfig: false,
    accessPropertiesByDotNotation: false,
  });

  return {
    path: conf.path,
    problem,
    read: () => settingsSchema.parse(conf.store),
    write(settings) {
      if (isLink(path)) return err(appError('FILE_NOT_OURS', 'a symbolic link', { details: { file: path } }));
      try {
        const wasPlain = settingsSchema.parse(conf.store).remote.token !== undefined;
        const isScrubbed = wasPlain && settings.remote.token === undefined;
        if (!isScrubbed && exists(path)) copyFileSync(path, `${path}.bak`);
        conf.store = settings;
        // The token has gone elsewhere, and a copy of it is not left behind.
        if (isScrubbed) rmSync(`${path}.bak`, { force: true });
        return ok(undefined);
      } catch (thrown) {
        const reason = (thrown as NodeJS.ErrnoException).code ?? String(thrown);
        return err(appError('SETTINGS_UNWRITABLE', reason, { details: { file: path, reason } }));
      }
    },
  };
}

function setDamagedAside(path: string, now: () => number): AppError | null {
  if (!exists(path)) return null;
  try {
    settingsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return null;
  } catch (thrown) {
    // A file that cannot even be read (permissions) stays where it is; conf reports it.
    if (thrown instanceof Error && 'errno' in thrown) throw thrown;
    const kept = `${path}.broken-${now()}`;
    renameSync(path, kept);
    return appError('SETTINGS_BROKEN', 'the settings file was set aside', { details: { file: kept } });
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
