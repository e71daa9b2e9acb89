import { parseArgs } from 'node:util';
import { isProfile } from '../core/config/discovery.ts';
import { portSchema } from '../shared/config/settings.ts';

export type WebArguments = {
  /** Absent: the usual one. */
  port?: number;
  opensBrowser: boolean;
  dataDir?: string;
  /** An isolated Chela beside others (R5): its own `openclaw.json` and data directory. */
  profile?: string;
};

export type ParsedArguments =
  | { tag: 'run'; options: WebArguments }
  | { tag: 'help' }
  | { tag: 'version' }
  | { tag: 'unknown'; argument: string }
  | { tag: 'badPort' }
  | { tag: 'badProfile'; profile: string };

/** Pure. `args` without the executable and the script. */
export function parseWebArguments(args: readonly string[]): ParsedArguments {
  let values: ReturnType<typeof parse>['values'];
  try {
    const parsed = parse(args);
    const [stray] = parsed.positionals;
    if (stray !== undefined) return { tag: 'unknown', argument: stray };
    values = parsed.values;
  } catch {
    return { tag: 'unknown', argument: args.join(' ') };
  }
  if (values.help) return { tag: 'help' };
  if (values.version) return { tag: 'version' };
  const { 'data-dir': dataDir, profile } = values;
  if (profile !== undefined && !isProfile(profile)) return { tag: 'badProfile', profile };
  const options: WebArguments = {
    opensBrowser: !values['no-open'],
    ...(dataDir !== undefined && { dataDir }),
    ...(profile !== undefined && { profile }),
  };
  if (values.port === undefined) return { tag: 'run', options };
  const port = portSchema.safeParse(/^\d+$/.test(values.port) ? Number(values.port) : undefined);
  return port.success ? { tag: 'run', options: { ...options, port: port.data } } : { tag: 'badPort' };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      port: { type: 'string' },
      'no-open': { type: 'boolean' },
      'data-dir': { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' },
    },
  });
}
