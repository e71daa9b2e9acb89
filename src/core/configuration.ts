import { dirname } from 'node:path';
import { type Decided, type Effective, effectiveSettings } from '../shared/config/effective.ts';
import type { SettingsView } from '../shared/config/settings.ts';
import { formatSshTarget, parseSshTarget } from '../shared/connection/ssh-target.ts';
import type { CredentialReport } from '../shared/contract/credentials.ts';
import { absent, type SecretInput, setSecret } from '../shared/credentials/candidates.ts';
import type { CredentialDecision } from '../shared/credentials/decide-credential.ts';
import { urlSourceOf } from '../shared/credentials/url-source.ts';
import type { Clock } from './clock.ts';
import { createConfigWatch } from './config/config-watch.ts';
import { locateConfig } from './config/discovery.ts';
import { locateValue } from './config/locate.ts';
import { noOpenclawFile, type OpenclawFile, readOpenclawFile } from './config/openclaw-file.ts';
import { type ConfigSource, configSecrets, type Surroundings } from './credentials/config-secrets.ts';
import { explainCredentials } from './credentials/explain.ts';
import { decideWith, foreseeWith, serverAuthWith } from './credentials/resolve-credential.ts';
import { createTokenStore, type TokenStore } from './credentials/token-store.ts';
import { createSystemKeychain } from './keychain/system-keychain.ts';
import type { SettingsStore } from './settings/settings-store.ts';

type Env = Record<string, string | undefined>;

export type Configuration = {
  openclaw: OpenclawFile;
  /** For the app's own connection. */
  effective: Effective;
  /** For a probe or a status: strict about a remote Gateway's token (R19). */
  probe: Effective;
};

/** Where credentials come from. `tokens`: see {@link defaultTokens}. */
export type CredentialSources = {
  openclaw: OpenclawFile;
  store: SettingsStore;
  surroundings: Surroundings;
  tokens: TokenStore;
};

/** The effective values for an `openclaw.json` that has been read. */
export function effectiveWith(
  openclaw: OpenclawFile,
  store: Pick<SettingsStore, 'path' | 'read'>,
  env: Env,
  decided?: Decided,
): Effective {
  return effectiveSettings({
    settings: store.read(),
    openclaw: openclaw.config,
    env,
    files: { settings: store.path, openclaw: openclaw.path },
    ...(decided && { decided }),
  });
}

/**
 * Reads everything that decides where the Gateway is and how to greet it. Of the secrets only those of the present mode
 * are looked up. Without `tokens`, the store of the settings' own directory and this system's keychain.
 */
export async function readConfiguration(
  store: SettingsStore,
  env: Env,
  homeDir: string,
  tokens: TokenStore = defaultTokens(store),
): Promise<Configuration> {
  return configurationOf(await readOpenclawFile(env, homeDir), { store, env, homeDir, tokens });
}

type Sources = { store: SettingsStore; env: Env; homeDir: string; tokens: TokenStore };

/** The same for an `openclaw.json` that has been read. */
async function configurationOf(
  openclaw: OpenclawFile,
  { store, env, homeDir, tokens }: Sources,
): Promise<Configuration> {
  const { view } = effectiveWith(openclaw, store, env);
  const surroundings = { env, homeDir };
  const secrets = configSecrets(configSource(openclaw), surroundings);
  const stored = await storedToken(view, store, tokens);
  const question = { mode: 'remote', urlSource: urlSourceOf(view, openclaw.config), stored } as const;
  const foreseen = foreseeWith({ ...question, path: 'app' }, secrets, surroundings);
  const isRemote = view.mode.value === 'remote';

  const server = isRemote ? null : await serverAuthWith(secrets, surroundings);
  const decide = async (path: 'app' | 'probe') => {
    const remote = isRemote ? await decideWith({ ...question, path }, secrets, surroundings) : null;
    const local = isRemote
      ? null
      : await decideWith({ path, mode: 'local', urlSource: 'config' }, secrets, surroundings);
    return effectiveWith(openclaw, store, env, { remote, server, local, foreseen });
  };
  return { openclaw, effective: await decide('app'), probe: await decide('probe') };
}

/**
 * How a test greets a remote Gateway, whatever the mode is. A target that is not the saved one gets what was typed for it
 * and nothing else, as `--url` does (R14). Never rejects.
 */
export async function testCredential(
  draft: { token: string | undefined; isSavedTarget: boolean },
  { openclaw, store, surroundings, tokens }: CredentialSources,
): Promise<CredentialDecision> {
  const { view } = effectiveWith(openclaw, store, surroundings.env);
  return decideWith(
    {
      path: 'probe',
      mode: 'remote',
      // An empty token was typed: with none.
      urlSource:
        draft.isSavedTarget && draft.token === undefined ? urlSourceOf(view, openclaw.config) : 'flag',
      explicit: { token: setSecret(draft.token, { tag: 'form' }) },
      stored: await storedToken(view, store, tokens),
    },
    configSecrets(configSource(openclaw), surroundings),
    surroundings,
  );
}

/** "Which credential is used?" for the present mode, without a value. Never rejects. */
export async function explainConfiguration({
  openclaw,
  store,
  surroundings,
  tokens,
}: CredentialSources): Promise<CredentialReport> {
  const { view } = effectiveWith(openclaw, store, surroundings.env);
  const stored = await storedToken(view, store, tokens);
  const urlSource = urlSourceOf(view, openclaw.config);
  return explainCredentials(
    { mode: view.mode.value, urlSource, stored },
    configSource(openclaw),
    surroundings,
  );
}

/** The Gateway a token is kept for; empty while no target is known. */
export function tokenGatewayOf(view: SettingsView): string {
  if (view.remote.transport.value === 'direct') return view.remote.url.value.trim();
  const text = view.remote.sshTarget.value;
  const parsed = parseSshTarget(text);
  return parsed.ok ? formatSshTarget(parsed.target) : text.trim();
}

/** The token entered in Chela for the present target. Never rejects. */
export async function storedToken(
  view: SettingsView,
  store: Pick<SettingsStore, 'path' | 'read'>,
  tokens: TokenStore,
): Promise<SecretInput> {
  const { token, tokenIn } = store.read().remote;
  if (token !== undefined) return setSecret(token, { tag: 'settings', file: store.path });
  const gateway = tokenGatewayOf(view);
  return gateway === '' ? absent : tokens.read(gateway, tokenIn ?? null);
}

/** The store of the settings' own directory, and this system's keychain. */
export function defaultTokens(store: Pick<SettingsStore, 'path'>): TokenStore {
  return createTokenStore({ dataDir: dirname(store.path), keychain: createSystemKeychain() });
}

export function configSource(openclaw: OpenclawFile): ConfigSource {
  const { path: file, authored } = openclaw;
  return { file, authored, locate: async (path) => (file === null ? null : locateValue(file, path)) };
}

export type ConfigurationSource = {
  /** What counts now. While `openclaw.json` is broken, its last good values stay and `problem` says where it broke. */
  read(): Promise<Configuration>;
  /** Another program has changed one of the files that were read; read again. */
  onDidChange(listener: () => void): () => void;
  stop(): Promise<void>;
};

type SourceOptions = Sources & { clock: Pick<Clock, 'after'> };

/** The configuration of a process that stays: reads, remembers the last good one, and watches from the first read on. */
export function createConfigurationSource({
  store,
  env,
  homeDir,
  tokens,
  clock,
}: SourceOptions): ConfigurationSource {
  const watch = createConfigWatch(clock);
  let lastGood: OpenclawFile = noOpenclawFile;

  return {
    async read() {
      const now = await readOpenclawFile(env, homeDir);
      if (now.problem === null) lastGood = now;
      const openclaw = now.problem === null ? now : { ...lastGood, path: now.path, problem: now.problem };
      const location = locateConfig(env, { homeDir });
      const files = [store.path, ...lastGood.included, ...now.included];
      watch.follow(location.ok ? [location.value.file, ...files] : files);
      return configurationOf(openclaw, { store, env, homeDir, tokens });
    },
    onDidChange: watch.onDidChange,
    stop: watch.stop,
  };
}
