import { createStore, type StoreApi } from 'zustand/vanilla';
import type {
  HostKeyPolicy,
  Mode,
  SettingsPatch,
  SettingsView,
  SshEngineChoice,
  TokenPlace,
} from '../../shared/config/settings.ts';
import { parseSshTarget, type SshTargetProblem } from '../../shared/connection/ssh-target.ts';
import type { TestDraft } from '../../shared/contract/requests.ts';

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
  sshTarget?: string;
  gatewayPort?: string;
  remoteLocalPort?: string;
  identityFile?: string;
  localPort?: string;
  engine?: SshEngineChoice;
  hostKeyPolicy?: HostKeyPolicy;
  sideForwards?: boolean;
  token?: TokenEdit;
  /** The typed token was dropped because the target changed; said until the token is touched again. */
  isTokenDropped?: boolean;
  /** The policy fell back because the target changed; said until one is chosen. */
  isPolicyReset?: boolean;
};

/** The form as it stands: the saved values with the edits on top. */
export type SettingsForm = {
  mode: Mode;
  sshTarget: string;
  gatewayPort: string;
  remoteLocalPort: string;
  identityFile: string;
  localPort: string;
  engine: SshEngineChoice;
  hostKeyPolicy: HostKeyPolicy;
  sideForwards: boolean;
  token: TokenEdit;
};

export type FormProblems = {
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
    sshTarget: edits.sshTarget ?? view.remote.sshTarget.value,
    gatewayPort,
    // Not chosen by anybody, it is the Gateway's own number.
    remoteLocalPort:
      edits.remoteLocalPort ??
      (view.remote.localPort.origin === 'default' ? gatewayPort : String(view.remote.localPort.value)),
    identityFile: edits.identityFile ?? view.remote.identityFile.value,
    localPort: edits.localPort ?? String(view.local.port.value),
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
  const isSavedHere = view.remote.token.isSet && view.remote.token.origin === 'settings';
  const dropped = edits.token?.kind === 'replace' && edits.token.value !== '';
  const isPolicyReset = !isSavedTarget && view.remote.hostKeyPolicy.value === 'openssh';
  return {
    ...edits,
    sshTarget,
    hostKeyPolicy: isSavedTarget ? undefined : isPolicyReset ? 'strict' : edits.hostKeyPolicy,
    isPolicyReset,
    token: !isSavedTarget && isSavedHere ? { kind: 'clear' } : { kind: 'keep' },
    isTokenDropped: dropped || (edits.isTokenDropped === true && !isSavedTarget),
  };
}

export function problemsOf(form: SettingsForm): FormProblems {
  const problems: FormProblems = {};
  if (form.mode === 'local') {
    if (readPort(form.localPort) === null) problems.localPort = 'port';
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
  const patch: SettingsPatch = {
    ...(Object.keys(remote).length > 0 && { remote }),
    ...(localPort !== undefined && { local: { port: localPort } }),
  };
  return {
    patch: Object.keys(patch).length > 0 ? patch : null,
    mode: form.mode === view.mode.value ? null : form.mode,
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
