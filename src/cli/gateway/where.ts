import { peekOpenclaw } from '../../core/config/peek-openclaw.ts';
import { type CallRoute, callRoute } from '../../core/connection/call-route.ts';
import { resolveCredential } from '../../core/credentials/resolve-credential.ts';
import { dataDirOf } from '../../core/data-dir.ts';
import type { SharedCredentials } from '../../core/link/operator.ts';
import { peekSettings } from '../../core/settings/peek-settings.ts';
import { effectiveSettings } from '../../shared/config/effective.ts';
import type { Mode, Settings, SettingsView } from '../../shared/config/settings.ts';
import { isSameGateway, parseGatewayUrl } from '../../shared/connection/gateway-url.ts';
import {
  type CallPath,
  type SecretInput,
  setSecret,
  type UrlSource,
} from '../../shared/credentials/candidates.ts';
import type { CredentialDecision } from '../../shared/credentials/decide-credential.ts';
import { urlSourceOf } from '../../shared/credentials/url-source.ts';
import type { AppError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { CliContext } from '../frame/context.ts';
import type { GatewayOptions } from '../frame/options.ts';
import { readGeneratedToken } from './generated-token.ts';
import { inputError } from './read-input.ts';
import { readSecrets } from './read-secrets.ts';

/** Where one call goes, and with what. */
export type Where = {
  readonly url: string;
  readonly urlSource: UrlSource;
  readonly mode: Mode;
  /** Null for a URL that was given. */
  readonly route: CallRoute | null;
  /** Neither a URL nor a port was given: it is the Gateway that Chela itself keeps to. */
  readonly isChelas: boolean;
  readonly tlsFingerprint: string | null;
  readonly decision: Exclude<CredentialDecision, { tag: 'refused' }>;
  readonly credentials: SharedCredentials;
  /** The embedded Gateway's own token, where nobody configured one. */
  readonly generatedToken: string | null;
};

/**
 * The Gateway of this command line: `--url` or `--port`, else OPENCLAW_GATEWAY_URL, else settings and `openclaw.json`,
 * with the credential that the contract (R13-R21) lets go there. Never rejects.
 */
export async function findGateway(
  context: CliContext,
  options: GatewayOptions,
  path: CallPath,
): Promise<Result<Where>> {
  const explicit = await readSecrets(context, options);
  if (!explicit.ok) return explicit;
  const { env, homeDir, globals } = context;
  const dataDir = dataDirOf(globals.dataDir, globals.profile);
  const openclaw = await peekOpenclaw(env, homeDir, globals.profile);
  const { path: settingsFile, settings } = await peekSettings(dataDir);
  const effective = effectiveSettings({
    settings,
    openclaw: openclaw.config,
    env,
    files: { settings: settingsFile, openclaw: openclaw.path },
  });
  const given = givenUrl(options, env);
  const port = given.source === 'config' ? options.port : undefined;
  const mode: Mode = port !== undefined ? 'local' : effective.view.mode.value;

  let route: CallRoute | null = null;
  let tlsFingerprint: string | null = null;
  let url = given.url;
  if (given.source !== 'config') {
    const typed = given.source === 'flag' ? checkTypedUrl(given.url) : ok(undefined);
    if (!typed.ok) return typed;
    const pin = pinFor(given.url, effective.view.remote, openclaw.problem);
    if (!pin.ok) return pin;
    tlsFingerprint = pin.value;
  } else {
    // Without it nobody knows where, or which secret is meant.
    if (openclaw.problem) return err(openclaw.problem);
    const found: Result<CallRoute> =
      port !== undefined
        ? ok({ tag: 'local', url: `ws://127.0.0.1:${port}` })
        : callRoute(effective, openclaw.config);
    if (!found.ok) return found;
    route = found.value;
    url = route.url;
    tlsFingerprint = route.tag === 'direct' ? route.tlsFingerprint : null;
  }

  const decision = await resolveCredential(
    {
      path,
      mode,
      urlSource: given.source === 'config' ? urlSourceOf(effective.view, openclaw.config) : given.source,
      explicit: explicit.value,
      stored: await enteredToken(effective.view, settings, settingsFile),
    },
    { file: openclaw.path, authored: openclaw.authored },
    { env, homeDir },
  );
  if (decision.tag === 'refused') return err(decision.error);
  const generatedToken =
    decision.tag === 'none' && route?.tag === 'local' ? await readGeneratedToken(dataDir) : null;
  const credentials = credentialsOf(decision, generatedToken);
  return ok({
    url,
    urlSource: given.source,
    mode,
    route,
    isChelas: route !== null && port === undefined,
    tlsFingerprint,
    decision,
    credentials,
    generatedToken,
  });
}

function givenUrl(
  options: GatewayOptions,
  env: CliContext['env'],
): { readonly source: UrlSource; readonly url: string } {
  if (options.url !== undefined) return { source: 'flag', url: options.url };
  const fromEnv = env.OPENCLAW_GATEWAY_URL?.trim() ?? '';
  if (options.port === undefined && fromEnv !== '') return { source: 'env', url: fromEnv };
  return { source: 'config', url: '' };
}

/** A URL that was typed wrong is a wrong command line, and no configuration to correct. */
function checkTypedUrl(typed: string): Result<void> {
  const url = parseGatewayUrl(typed);
  if (url.ok) return ok(undefined);
  const { cause } = url.error.details ?? {};
  const why = cause === 'scheme' ? 'urlScheme' : cause === 'credentials' ? 'urlSecret' : 'urlShape';
  return err(inputError('--url', cause === 'empty' ? 'empty' : why));
}

/** The token entered in Chela: the keychain, or the file, is opened only where the settings say that one is there. */
async function enteredToken(view: SettingsView, settings: Settings, file: string): Promise<SecretInput> {
  const { token, tokenIn } = settings.remote;
  if (token !== undefined || tokenIn === undefined) return setSecret(token, { tag: 'settings', file });
  const { defaultTokens, storedToken } = await import('../../core/configuration.ts');
  const store = { path: file, read: () => settings };
  return storedToken(view, store, defaultTokens(store));
}

/** R26: the pin belongs to the Gateway, however its URL is given. A file that cannot be read might hold one. */
function pinFor(
  given: string,
  { url: known, tlsFingerprint }: SettingsView['remote'],
  problem: AppError | null,
): Result<string | null> {
  const url = parseGatewayUrl(given);
  if (!url.ok) return url;
  if (!url.value.secure) return ok(null);
  if (problem) return err(problem);
  return ok(isSameGateway(given, known.value) ? tlsFingerprint.value || null : null);
}

function credentialsOf(
  decision: Exclude<CredentialDecision, { tag: 'refused' }>,
  generatedToken: string | null,
): SharedCredentials {
  if (decision.tag === 'use') return { [decision.kind]: decision.value };
  return generatedToken === null ? {} : { token: generatedToken };
}
