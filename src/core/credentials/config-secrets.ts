import {
  absent,
  authModes,
  type CandidateName,
  type SecretInput,
  type SecretKind,
  type TrailEntry,
} from '../../shared/credentials/candidates.ts';
import type { ConfiguredSecrets } from '../../shared/credentials/decide-credential.ts';
import { appError } from '../../shared/errors.ts';
import { property, secretAt } from './secret-ref.ts';

/** Line and column count from 1. `file` may be one that `openclaw.json` includes. */
type Position = { readonly file: string; readonly line: number; readonly column: number };

/** `openclaw.json` as it is written: includes merged, no `${NAME}` replaced. */
export type ConfigSource = {
  /** Null where there is none. */
  readonly file: string | null;
  readonly authored: unknown;
  /** Where a value stands. Never rejects. */
  readonly locate?: ((path: readonly string[]) => Promise<Position | null>) | undefined;
};

/** Of the process that resolves: its variables, and where `~` is. */
export type Surroundings = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
};

export type ConfigSecrets = {
  /** Every secret that is set counts as unresolved until it was looked up. */
  configured(): ConfiguredSecrets;
  /** Looks one up, once. False where there is nothing (more) to look up. Never rejects. */
  lookUp(name: CandidateName): Promise<boolean>;
  /** Adds line and column. */
  locate(entry: TrailEntry): Promise<TrailEntry>;
};

const paths = {
  'gateway.auth.token': ['gateway', 'auth', 'token'],
  'gateway.auth.password': ['gateway', 'auth', 'password'],
  'gateway.remote.token': ['gateway', 'remote', 'token'],
  'gateway.remote.password': ['gateway', 'remote', 'password'],
} as const;
type ConfigName = keyof typeof paths;
const names = Object.keys(paths) as ConfigName[];

const notLookedUp = appError('NOT_AVAILABLE', 'not looked up', { details: { reason: 'not looked up' } });

/** The four secrets of `openclaw.json`. A file is read and a command is run only for one that is looked up. */
export function configSecrets(config: ConfigSource, surroundings: Surroundings): ConfigSecrets {
  const file = config.file ?? 'openclaw.json';
  const written = mapNames((name) => secretAt(config.authored, paths[name]));
  const inputs: Record<ConfigName, SecretInput> = mapNames((name) => {
    const secret = written[name];
    if (secret.tag === 'absent') return absent;
    const ref = secret.tag === 'ref' ? { ref: secret.ref } : {};
    return { state: 'unresolved', error: notLookedUp, origin: { tag: 'config', file, path: name, ...ref } };
  });
  const pair = (of: 'auth' | 'remote'): Record<SecretKind, SecretInput> => ({
    token: inputs[`gateway.${of}.token`],
    password: inputs[`gateway.${of}.password`],
  });
  const named = (name: string) => names.find((known) => known === name);

  return {
    configured() {
      const mode = property(property(property(config.authored, 'gateway'), 'auth'), 'mode');
      return {
        authMode: authModes.find((known) => known === mode) ?? null,
        auth: pair('auth'),
        remote: pair('remote'),
      };
    },
    async lookUp(name) {
      const key = named(name);
      const input = key && inputs[key];
      const secret = key && written[key];
      if (!key || input?.state !== 'unresolved' || input.error !== notLookedUp) return false;
      if (!secret || secret.tag === 'absent') return false;
      // Loaded when it is needed: it brings the schemas of the providers with it.
      const { resolveSecret } = await import('./resolve-secret.ts');
      const found = await resolveSecret(secret, config.authored, { key, file }, surroundings);
      if (found.ok) {
        inputs[key] = { state: 'set', value: found.value, origin: input.origin };
        return true;
      }
      const at = await config.locate?.(paths[key]);
      const details = { ...found.error.details, ...(at && { file: `${at.file}:${at.line}` }) };
      inputs[key] = { ...input, error: { ...found.error, details } };
      return true;
    },
    async locate(entry) {
      const key = named(entry.name);
      const at = key && entry.origin?.tag === 'config' ? await config.locate?.(paths[key]) : null;
      return at && entry.origin?.tag === 'config' ? { ...entry, origin: { ...entry.origin, ...at } } : entry;
    },
  };
}

function mapNames<T>(make: (name: ConfigName) => T): Record<ConfigName, T> {
  return {
    'gateway.auth.token': make('gateway.auth.token'),
    'gateway.auth.password': make('gateway.auth.password'),
    'gateway.remote.token': make('gateway.remote.token'),
    'gateway.remote.password': make('gateway.remote.password'),
  };
}
