import { parseArgs } from 'node:util';

export type LaunchOptions = {
  dataDir?: string;
  /** An isolated Chela beside others (R5): its own `openclaw.json` and data directory. */
  profile?: string;
  /** Started by the system at login: no window. */
  isHidden: boolean;
};

/** Pure. Electron and Chromium put switches of their own among the arguments, so unknown ones are passed over. */
export function parseLaunchOptions(args: readonly string[]): LaunchOptions {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: { 'data-dir': { type: 'string' }, profile: { type: 'string' }, hidden: { type: 'boolean' } },
  });
  const { 'data-dir': dataDir, profile } = values;
  return {
    isHidden: values.hidden === true,
    ...(typeof dataDir === 'string' && { dataDir }),
    ...(typeof profile === 'string' && { profile }),
  };
}
