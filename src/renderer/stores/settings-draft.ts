import { createStore, type StoreApi } from 'zustand/vanilla';
import type {
  HostKeyPolicy,
  LocalGatewayChoice,
  Mode,
  RemoteTransport,
  SettingsPatch,
  SettingsView,
  SshEngineChoice,
  TokenPlace,
} from '../../shared/config/settings.ts';
import { type GatewayUrlProblem, parseGatewayUrl } from '../../shared/connection/gateway-url.ts';
import { parseSshTarget, type SshTargetProblem } from '../../shared/connection/ssh-target.ts';
import { parseTlsFingerprint } from '../../shared/connection/tls-pin.ts';
import type { DirectDraft, TestDraft } from '../../shared/contract/requests.ts';

/** What happens to the token on saving. The saved one never reaches the page. */
export type TokenEdit =
  | { kind: 'keep' }
  | { kind: 'replace'; value: string; place?: ChosenPlace | undefined }
  | { kind: 'clear' };

/** Where a token is kept when there is no keychain. */
export type ChosenPlace = Exclude<TokenPlace, 'keychain'>;

/** Only what a person changed; everything else follows the snapshot. Ports are text while they are typed. */
export type SettingsEdits = {
  mode?: Mode;
  transport?: RemoteTransport;
  url?: string;
  tlsFingerprint?: string;
  sshTarget?: string;
  gatewayPort?: string;
  remoteLocalPort?: string;
  identityFile?: string;
  localPort?: string;
  localGateway?: LocalGatewayChoice;
  engine?: SshEngineChoice;
  hostKeyPolicy?: HostKeyPolicy;
  sideForwards?: boolean;
  token?: TokenEdit;
  /** The typed token was dropped because the target changed; said until the token is touched again. */
  isTokenDropped?: boolean;
  /** Saving was refused because nobody chose where the token is kept; the question stays from then on. */
  isPlaceAsked?: boolean;
  /** The policy fell back because the target changed; said until one is chosen. */
  isPolicyReset?: boolean;
};

/** The form as it stands: the saved values with the edits on top. */
export type SettingsForm = {
  mode: Mode;
  transport: RemoteTransport;
  url: string;
  tlsFingerprint: string;
  sshTarget: string;
  gatewayPort: string;
  remoteLocalPort: string;
  identityFile: string;
  localPort: string;
  localGateway: LocalGatewayChoice;
  engine: SshEngineChoice;
  hostKeyPolicy: HostKeyPolicy;
  sideForwards: boolean;
  token: TokenEdit;
};

export type FormProblems = {
  url?: GatewayUrlProblem;
  tlsFingerprint?: 'pin';
  sshTarget?: SshTargetProblem;
  gatewayPort?: 'port';
  remoteLocalPort?: 'port';
  localPort?: 'port';
};

export type SettingsDraftStore = StoreApi<{ edits: SettingsEdits }>;

/** Lives as long as the page, so that a look at the chat does not cost what was typed. */
export function createSettingsDraft(): SettingsDraftStore {
  return createStore(() => ({ edits: {} }));
}

export function formOf(edits: SettingsEdits, view: SettingsView): SettingsForm {
  const gatewayPort = edits.gatewayPort ?? String(view.remote.gatewayPort.value);
  return {
    mode: edits.mode ?? view.mode.value,
    transport: edits.transport ?? view.remote.transport.value,
    url: edits.url ?? view.remote.url.value,
    tlsFingerprint: edits.tlsFingerprint ?? view.remote.tlsFingerprint.value,
    sshTarget: edits.sshTarget ?? view.remote.sshTarget.value,
    gatewayPort,
    // Not chosen by anybody, it is the Gateway's own number.
    remoteLocalPort:
      edits.remoteLocalPort ??
      (view.remote.localPort.origin === 'default' ? gatewayPort : String(view.remote.localPort.value)),
    identityFile: edits.identityFile ?? view.remote.identityFile.value,
    localPort: edits.localPort ?? String(view.local.port.value),
    localGateway: edits.localGateway ?? view.local.gateway.value,
    engine: edits.engine ?? view.remote.engine.value,
    hostKeyPolicy: edits.hostKeyPolicy ?? view.remote.hostKeyPolicy.value,
    sideForwards: edits.sideForwards ?? view.remote.sideForwards.value,
    token: edits.token ?? { kind: 'keep' },
  };
}

/**
 * A token belongs to one Gateway. With another target the saved one is not kept and a typed one is dropped;
 * with the saved target again, the saved one is back. A laxer host-key policy belongs to one host as well.
 */
export function editTarget(edits: SettingsEdits, sshTarget: string, view: SettingsView): SettingsEdits {
  const isSavedTarget = sshTarget.trim() === view.remote.sshTarget.value;
  const isPolicyReset = !isSavedTarget && view.remote.hostKeyPolicy.value === 'openssh';
  return {
    ...edits,
    sshTarget,
    hostKeyPolicy: isSavedTarget ? undefined : isPolicyReset ? 'strict' : edits.hostKeyPolicy,
    isPolicyReset,
    ...tokenElsewhere(edits, isSavedTarget && !isOtherTransport(edits, view), view),
  };
}

/** Another address is another Gateway: neither the token nor the pin of the saved one goes there. */
export function editUrl(edits: SettingsEdits, url: string, view: SettingsView): SettingsEdits {
  const isSaved = url.trim() === view.remote.url.value;
  const isPinTyped = edits.tlsFingerprint !== undefined && edits.tlsFingerprint !== '';
  return {
    ...edits,
    url,
    ...(!isPinTyped && { tlsFingerprint: isSaved ? undefined : '' }),
    ...tokenElsewhere(edits, isSaved && !isOtherTransport(edits, view), view),
  };
}

/** The other way to a Gateway is another Gateway, as far as anybody knows. */
export function editTransport(
  edits: SettingsEdits,
  transport: RemoteTransport,
  view: SettingsView,
): SettingsEdits {
  const isSaved = transport === view.remote.transport.value;
  return { ...edits, transport, ...tokenElsewhere(edits, isSaved, view) };
}

/** Whether the form leads to another Gateway than the saved one, whose token it then cannot keep. */
export function isOtherDestination(form: SettingsForm, { remote }: SettingsView): boolean {
  if (form.transport !== remote.transport.value) return true;
  return form.transport === 'direct'
    ? form.url.trim() !== remote.url.value
    : form.sshTarget.trim() !== remote.sshTarget.value;
}

/** The saved Gateway's computer, for a person. */
export function savedDestination({ remote }: SettingsView): string {
  if (remote.transport.value === 'ssh') return remote.sshTarget.value;
  const url = parseGatewayUrl(remote.url.value);
  return url.ok ? url.value.host : remote.url.value;
}

function isOtherTransport(edits: SettingsEdits, view: SettingsView): boolean {
  return edits.transport !== undefined && edits.transport !== view.remote.transport.value;
}

function tokenElsewhere(
  edits: SettingsEdits,
  isSaved: boolean,
  view: SettingsView,
): Pick<SettingsEdits, 'token' | 'isTokenDropped'> {
  const isSavedHere = view.remote.token.isSet && view.remote.token.origin === 'settings';
  const dropped = edits.token?.kind === 'replace' && edits.token.value !== '';
  return {
    token: !isSaved && isSavedHere ? { kind: 'clear' } : { kind: 'keep' },
    isTokenDropped: dropped || (edits.isTokenDropped === true && !isSaved),
  };
}

export function problemsOf(form: SettingsForm): FormProblems {
  const problems: FormProblems = {};
  if (form.mode === 'local') {
    if (readPort(form.localPort) === null) problems.localPort = 'port';
    return problems;
  }
  if (form.transport === 'direct') {
    const url = parseGatewayUrl(form.url);
    if (!url.ok) problems.url = (url.error.details?.cause ?? 'shape') as GatewayUrlProblem;
    const pin = form.tlsFingerprint.trim();
    if (pin !== '' && !parseTlsFingerprint(pin).ok) problems.tlsFingerprint = 'pin';
    return problems;
  }
  const target = parseSshTarget(form.sshTarget);
  if (!target.ok) problems.sshTarget = target.problem;
  if (readPort(form.gatewayPort) === null) problems.gatewayPort = 'port';
  if (readPort(form.remoteLocalPort) === null) problems.remoteLocalPort = 'port';
  return problems;
}

/** What is to be saved; null where nothing differs. `mode` is switched apart from the rest. */
export function changesOf(
  form: SettingsForm,
  view: SettingsView,
): { patch: SettingsPatch | null; mode: Mode | null } {
  const remote: NonNullable<SettingsPatch['remote']> = {};
  if (form.transport !== view.remote.transport.value) remote.transport = form.transport;
  if (form.url.trim() !== view.remote.url.value) remote.url = form.url.trim() || null;
  if (form.tlsFingerprint.trim() !== view.remote.tlsFingerprint.value) {
    remote.tlsFingerprint = form.tlsFingerprint.trim() || null;
  }
  if (form.sshTarget.trim() !== view.remote.sshTarget.value) remote.sshTarget = form.sshTarget.trim() || null;
  if (form.identityFile.trim() !== view.remote.identityFile.value) {
    remote.identityFile = form.identityFile.trim() || null;
  }
  const gatewayPort = changedPort(form.gatewayPort, view.remote.gatewayPort.value);
  if (gatewayPort !== undefined) remote.gatewayPort = gatewayPort;
  const isDefaultLocalPort =
    view.remote.localPort.origin === 'default' && form.remoteLocalPort === form.gatewayPort;
  const remoteLocalPort = changedPort(form.remoteLocalPort, view.remote.localPort.value);
  if (remoteLocalPort !== undefined && !isDefaultLocalPort) remote.localPort = remoteLocalPort;
  if (form.engine !== view.remote.engine.value) remote.engine = form.engine;
  if (form.hostKeyPolicy !== view.remote.hostKeyPolicy.value) remote.hostKeyPolicy = form.hostKeyPolicy;
  if (form.sideForwards !== view.remote.sideForwards.value) remote.sideForwards = form.sideForwards;
  if (form.token.kind === 'clear') remote.token = null;
  if (form.token.kind === 'replace' && form.token.value !== '') {
    remote.token = form.token.value;
    if (form.token.place) remote.tokenPlace = form.token.place;
  }

  const localPort = changedPort(form.localPort, view.local.port.value);
  const local: NonNullable<SettingsPatch['local']> = {
    ...(localPort !== undefined && { port: localPort }),
    ...(form.localGateway !== view.local.gateway.value && { gateway: form.localGateway }),
  };
  const patch: SettingsPatch = {
    ...(Object.keys(remote).length > 0 && { remote }),
    ...(Object.keys(local).length > 0 && { local }),
  };
  return {
    patch: Object.keys(patch).length > 0 ? patch : null,
    mode: form.mode === view.mode.value ? null : form.mode,
  };
}

/** The draft as `connection.testDirect` takes it. An empty token means: with none. */
export function directDraftOf(form: SettingsForm): DirectDraft {
  const tlsFingerprint = form.tlsFingerprint.trim();
  return {
    url: form.url.trim(),
    ...(tlsFingerprint !== '' && { tlsFingerprint }),
    ...(form.token.kind === 'clear' && { token: '' }),
    ...(form.token.kind === 'replace' && { token: form.token.value }),
  };
}

/** The draft as `connection.test` takes it. An empty token means: with none. */
export function testDraftOf(form: SettingsForm): TestDraft {
  const identityFile = form.identityFile.trim();
  return {
    sshTarget: form.sshTarget.trim(),
    gatewayPort: readPort(form.gatewayPort) ?? 0,
    ...(identityFile !== '' && { identityFile }),
    ...(form.token.kind === 'clear' && { token: '' }),
    ...(form.token.kind === 'replace' && { token: form.token.value }),
  };
}

function readPort(text: string): number | null {
  if (!/^\d{1,5}$/.test(text.trim())) return null;
  const port = Number(text);
  return port >= 1 && port <= 65535 ? port : null;
}

function changedPort(text: string, saved: number): number | undefined {
  const port = readPort(text);
  return port === null || port === saved ? undefined : port;
}
