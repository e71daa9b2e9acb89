import { isSameGateway } from '../connection/gateway-url.ts';
import type { CandidateName, TrailEntry } from '../credentials/candidates.ts';
import type { CredentialDecision } from '../credentials/decide-credential.ts';
import type { ServerAuth } from '../credentials/server-auth.ts';
import type { AppError } from '../errors.ts';
import type { OpenclawConfig } from './openclaw.ts';
import { DEFAULT_GATEWAY_PORT, isPort, loopbackPort } from './port.ts';
import type {
  HostKeyPolicy,
  LocalGatewayChoice,
  Mode,
  Origin,
  RemoteTransport,
  Settings,
  SettingsView,
  SshEngineChoice,
} from './settings.ts';

type Sourced<T> = { value: T; origin: Origin };
type Candidate<T> = readonly [value: T | undefined | null, origin: Origin];

/** The variables that count here (R20: `OPENCLAW_GATEWAY_*` only). */
type GatewayEnv = { readonly OPENCLAW_GATEWAY_PORT?: string | undefined };

/** What the credential contract decided; null where the mode did not ask. */
export type Decided = {
  readonly remote: CredentialDecision | null;
  readonly server: ServerAuth | null;
  /** For a Gateway of this computer that somebody else has started (R16). */
  readonly local?: CredentialDecision | null;
  /** The line that would decide in remote mode, whatever the mode is. */
  readonly foreseen: TrailEntry | null;
};

const undecided: Decided = { remote: null, server: null, foreseen: null };

export type EffectiveInput = {
  settings: Settings;
  openclaw: OpenclawConfig | null;
  env: GatewayEnv;
  files: { settings: string; openclaw: string | null };
  /** Absent: nothing was asked of the credential contract, and no credential comes out. */
  decided?: Decided;
};

export type Credentials = { token?: string; password?: string };

export type Effective = {
  view: SettingsView;
  /** What the remote Gateway is greeted with in remote mode. Never leaves the engine. */
  remoteCredentials: Credentials;
  /** What a Gateway of this computer is greeted with that somebody else started; null where nothing is set. R16. */
  localCredentials: Credentials | null;
  /** How this computer's own Gateway lets callers in (R16, R22); null where nobody asked. Never leaves the engine. */
  server: ServerAuth | null;
  /** A secret that is configured and cannot be had: nothing is connected, and nothing started, without it (R21). */
  refusal: AppError | null;
};

function firstSet<T>(candidates: readonly Candidate<T>[]): Sourced<T> | null {
  for (const [value, origin] of candidates) {
    if (value !== undefined && value !== null && value !== '') return { value, origin };
  }
  return null;
}

function firstSetOr<T>(candidates: readonly Candidate<T>[], fallback: T): Sourced<T> {
  return firstSet(candidates) ?? { value: fallback, origin: 'default' };
}

function envPort(text: string | undefined): number | undefined {
  const port = Number(text);
  return text !== undefined && isPort(port) ? port : undefined;
}

type TheirRemote = NonNullable<NonNullable<OpenclawConfig['gateway']>['remote']>;

/**
 * Where the Gateway itself is, and how it is reached. Nobody having chosen, a URL that is no tunnel's end (R10) is
 * taken at its word when there is no SSH target. A pin belongs to its URL: `openclaw.json`'s counts for no other.
 */
function directSettings(
  { remote: own }: Settings,
  theirs: TheirRemote | undefined,
  sshTarget: string,
): Pick<SettingsView['remote'], 'transport' | 'url' | 'tlsFingerprint'> {
  const wantsDirect = (own.transport ?? theirs?.transport) === 'direct';
  const theirUrl = wantsDirect || loopbackPort(theirs?.url) === null ? theirs?.url : undefined;
  const url = firstSetOr<string>(
    [
      [own.url, 'settings'],
      [theirUrl, 'openclaw.json'],
    ],
    '',
  );
  const isImplied = url.origin === 'openclaw.json' && sshTarget === '';
  return {
    url,
    transport: firstSetOr<RemoteTransport>(
      [
        [own.transport, 'settings'],
        [theirs?.transport, 'openclaw.json'],
        [isImplied ? 'direct' : null, 'openclaw.json'],
      ],
      'ssh',
    ),
    tlsFingerprint: firstSetOr<string>(
      [
        [own.tlsFingerprint, 'settings'],
        [isSameGateway(url.value, theirs?.url) ? theirs?.tlsFingerprint : null, 'openclaw.json'],
      ],
      '',
    ),
  };
}

/** Merges Chela's own settings, `openclaw.json` and the environment, and remembers where each value comes from. Pure. */
export function effectiveSettings({
  settings,
  openclaw,
  env,
  files,
  decided = undecided,
}: EffectiveInput): Effective {
  const theirs = openclaw?.gateway;
  const mode = firstSetOr<Mode>(
    [
      [settings.mode, 'settings'],
      [theirs?.mode, 'openclaw.json'],
    ],
    'local',
  );

  const gatewayPort = firstSetOr<number>(
    [
      [settings.remote.gatewayPort, 'settings'],
      [theirs?.remote?.remotePort, 'openclaw.json'],
    ],
    DEFAULT_GATEWAY_PORT,
  );
  // R10: gateway.remote.url is the local end of the tunnel.
  const localPort = firstSetOr<number>(
    [
      [settings.remote.localPort, 'settings'],
      [loopbackPort(theirs?.remote?.url), 'openclaw.json'],
    ],
    gatewayPort.value,
  );

  const sshTarget = firstSetOr<string>(
    [
      [settings.remote.sshTarget, 'settings'],
      [theirs?.remote?.sshTarget, 'openclaw.json'],
    ],
    '',
  );

  return {
    view: {
      file: files.settings,
      openclawFile: files.openclaw,
      mode,
      remote: {
        ...directSettings(settings, theirs?.remote, sshTarget.value),
        sshTarget,
        gatewayPort,
        localPort,
        identityFile: firstSetOr<string>(
          [
            [settings.remote.identityFile, 'settings'],
            [theirs?.remote?.sshIdentity, 'openclaw.json'],
          ],
          '',
        ),
        engine: firstSetOr<SshEngineChoice>([[settings.remote.engine, 'settings']], 'auto'),
        hostKeyPolicy: firstSetOr<HostKeyPolicy>(
          [
            [settings.remote.hostKeyPolicy, 'settings'],
            [theirs?.remote?.sshHostKeyPolicy, 'openclaw.json'],
          ],
          'strict',
        ),
        sideForwards: firstSetOr<boolean>([[settings.remote.sideForwards, 'settings']], false),
        token: tokenView(settings, decided.foreseen),
      },
      local: {
        port: firstSetOr<number>(
          [
            [settings.local.port, 'settings'],
            [envPort(env.OPENCLAW_GATEWAY_PORT), 'environment'],
            [theirs?.port, 'openclaw.json'],
          ],
          DEFAULT_GATEWAY_PORT,
        ),
        gateway: firstSetOr<LocalGatewayChoice>([[settings.local.gateway, 'settings']], 'auto'),
      },
      appearance: {
        theme: settings.appearance.theme ?? 'system',
        language: settings.appearance.language ?? null,
      },
    },
    remoteCredentials: credentialsFrom(decided.remote),
    localCredentials:
      decided.local == null || decided.local.tag === 'none' ? null : credentialsFrom(decided.local),
    server: decided.server,
    refusal: refusalOf(decided.remote) ?? refusalOf(decided.server),
  };
}

/** As the wire wants it. */
export function credentialsFrom(decision: CredentialDecision | null): Credentials {
  return decision?.tag === 'use' ? { [decision.kind]: decision.value } : {};
}

function refusalOf(decided: CredentialDecision | ServerAuth | null): AppError | null {
  return decided?.tag === 'refused' ? decided.error : null;
}

function tokenView(settings: Settings, entry: TrailEntry | null): SettingsView['remote']['token'] {
  const origin = entry === null ? 'default' : originOf(entry.name);
  if (entry?.name !== 'chela.remote.token') return { isSet: entry !== null, origin };
  const keptIn = settings.remote.token === undefined ? (settings.remote.tokenIn ?? 'session') : 'settings';
  return { isSet: true, origin, keptIn };
}

function originOf(name: CandidateName): Origin {
  if (name.startsWith('gateway.')) return 'openclaw.json';
  return name.startsWith('OPENCLAW_') ? 'environment' : 'settings';
}
