import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { assertNever } from '../../shared/assert-never.ts';
import { redactOutput } from '../../shared/config/redact-json5.ts';
import type {
  TunnelChange,
  TunnelNote,
  TunnelPlan,
  TunnelPlanStep,
  TunnelStepId,
} from '../../shared/contract/tunnel-service.ts';
import { type AppError, appError } from '../../shared/errors.ts';
import { describeHolder } from '../port-holder/adopt.ts';
import { type FileFacts, type InstallFacts, trashOf } from './facts.ts';
import { hostLineOf } from './host-line.ts';
import { hostTokenCommand } from './host-token.ts';
import { filesOfKey } from './keys.ts';
import { lingerCommand } from './linger.ts';
import { digestOf } from './owned-file.ts';
import type { ServiceManager } from './service-manager.ts';

/** What of a manager a plan shows. */
export type ManagerFacts = Pick<ServiceManager, 'kind' | 'label' | 'activation' | 'deactivation'>;

type StepDraft = Partial<Omit<TunnelPlanStep, 'id'>>;

/** Pure: what an installation would do with things as they are. */
export function planInstall(facts: InstallFacts, manager: ManagerFacts, homeDir: string): TunnelPlan {
  const drafts = new Map<TunnelStepId, StepDraft>([
    ['key', keyStep(facts)],
    ['copyKey', copyKeyStep(facts)],
    ['sshConfig', sshConfigStep(facts)],
    ['token', tokenStep(facts)],
    ...(facts.legacy ? [['legacy', legacyStep(facts, homeDir)] as const] : []),
    ['service', serviceStep(facts, manager)],
    ...(facts.linger ? [['linger', lingerStep(facts)] as const] : []),
  ]);
  const steps = [...drafts].map(([id, draft]) => finish(id, draft, facts.choices.skip));
  const isNothing = steps.every(({ state }) => state === 'done' || state === 'skipped');
  steps.push(finish('proof', { state: isNothing ? 'done' : 'needed' }, []));
  const { choices, destination, localPort, gatewayPort, target, keys, what } = facts;
  return identify(
    {
      what,
      manager: manager.kind,
      target,
      destination,
      alias: choices.alias,
      localPort,
      gatewayPort,
      keys: [...keys],
      chosen: {
        key: choices.keyFile,
        createKey: choices.createKey,
        keyUse: choices.keyUse,
        token: choices.token,
      },
      steps,
      isReady: steps.every(({ state }) => state !== 'blocked'),
      isNothing,
    },
    [facts.config, facts.service],
  );
}

/** The id stands for what is shown, for the files as they are, and for what they shall be. */
export function identify(plan: Omit<TunnelPlan, 'id'>, files: readonly FileFacts[]): TunnelPlan {
  const hash = createHash('sha256').update(JSON.stringify(plan));
  for (const { file, now, wanted } of files) {
    hash.update(JSON.stringify([file, digestOf(now?.bytes ?? null), now?.mode ?? null, digestOf(wanted)]));
  }
  return { id: hash.digest('hex'), ...plan };
}

const optional: ReadonlySet<TunnelStepId> = new Set(['copyKey', 'sshConfig', 'token', 'legacy', 'linger']);

/** What is left out is shown as it would be, and blocks nothing. */
export function finish(
  id: TunnelStepId,
  draft: StepDraft,
  skip: readonly TunnelStepId[],
  what: TunnelChange = 'install',
): TunnelPlanStep {
  // A key may stay, but nothing works without one.
  const isOptional = optional.has(id) || (id === 'key' && what === 'uninstall');
  const error = draft.error ?? null;
  const isSkipped = isOptional && skip.includes(id) && draft.state !== 'done';
  const state = isSkipped ? 'skipped' : error ? 'blocked' : (draft.state ?? 'needed');
  return {
    id,
    canSkip: isOptional,
    files: [],
    commands: [],
    notes: [],
    ...draft,
    state,
    error: isSkipped ? null : error,
  };
}

function keyStep({ choices, keyError, keys }: InstallFacts): StepDraft {
  const { keyFile, createKey } = choices;
  if (keyError) return { error: keyError };
  if (createKey) {
    const argv = ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', keyFile];
    return {
      files: filesOfKey(keyFile).map((file) => ({ file, change: 'create', diff: '' })),
      commands: [{ argv, where: 'here' }],
    };
  }
  const isLocked = keys.some(({ file, isLocked: locked }) => file === keyFile && locked);
  return { state: 'done', notes: isLocked ? [note('keyNeedsAgent', { file: keyFile })] : [] };
}

function copyKeyStep(facts: InstallFacts): StepDraft {
  const { choices, publicLine, gatewayPort } = facts;
  // Of a key that is still to be made, only the form is known.
  const shown = publicLine ?? `ssh-ed25519 … (${basename(choices.keyFile)}.pub)`;
  const { line, isThere, instead } = hostLineOf(facts, shown);
  if (isThere) return { state: 'done' };
  const file = '~/.ssh/authorized_keys';
  const lines = instead === null ? `@@ -0,0 +1 @@\n+${line}\n` : `@@ -1 +1 @@\n-${instead}\n+${line}\n`;
  return {
    files: [{ file, change: 'remote', diff: `--- ${file}\n+++ ${file}\n${lines}` }],
    commands: [{ argv: ['ssh', '-W', `127.0.0.1:${gatewayPort}`, choices.alias], where: 'here' }],
  };
}

function sshConfigStep({ config, foreign, carried, choices }: InstallFacts): StepDraft {
  const taken =
    foreign && appError('SSH_ALIAS_TAKEN', choices.alias, { details: { alias: choices.alias, ...foreign } });
  const keywords = carried.map(({ keyword }) => keyword).join(', ');
  return {
    ...fileStep(config, taken ?? config.error),
    notes: keywords === '' ? [] : [note('carriedOver', { keywords })],
  };
}

function tokenStep({ token, choices }: InstallFacts): StepDraft {
  if (choices.token === 'fetch') return { commands: [{ argv: hostTokenCommand, where: 'host' }] };
  switch (token.state) {
    case 'kept':
      return { state: 'done' };
    case 'outside':
      return { state: 'done', notes: [note('tokenOutside', { origin: token.origin })] };
    case 'missing':
      return { state: 'done', notes: [note('tokenMissing')] };
    case 'session':
      return {
        files: [{ file: token.file, change: 'edit', diff: '' }],
        notes: [note('tokenOnlyNow')],
      };
    default:
      return assertNever(token.state);
  }
}

function legacyStep({ legacy }: InstallFacts, homeDir: string): StepDraft {
  if (!legacy) return { state: 'done' };
  return {
    files: [{ file: legacy.file, change: 'trash', diff: '' }],
    commands: [{ argv: ['mv', legacy.file, join(trashOf(homeDir), basename(legacy.file))], where: 'here' }],
  };
}

function serviceStep(facts: InstallFacts, manager: ManagerFacts): StepDraft {
  const { service, portHolder, localPort, isPortOurs, record, choices } = facts;
  const step = fileStep(service, service.error ?? busy(facts));
  const isRunning = service.state.tag === 'running' || service.state.tag === 'restarting';
  // A changed entry is read only by a new ssh.
  const entryNow = digestOf(facts.config.now?.bytes ?? null);
  const isEntryNew = !choices.skip.includes('sshConfig') && entryNow !== digestOf(facts.config.wanted);
  const isDone = step.state === 'done' && isRunning && !isEntryNew && record !== null;
  const notes = [
    ...(manager.kind === 'autostart' ? [note('autostartOnly')] : []),
    ...(facts.linger === 'off' && choices.skip.includes('linger') ? [note('endsAtLogout')] : []),
    ...(isPortOurs ? [note('portHandedOver', { port: localPort })] : []),
    ...(portHolder ? [note('portTaken', { port: localPort, ...portHolder })] : []),
  ];
  return {
    ...step,
    state: isDone ? 'done' : 'needed',
    commands: isDone ? [] : manager.activation().map((argv) => ({ argv: [...argv], where: 'here' as const })),
    notes,
  };
}

function busy({ portHolder, localPort }: InstallFacts): AppError | null {
  return portHolder && describeHolder(localPort, portHolder, null);
}

function lingerStep({ linger }: InstallFacts): StepDraft {
  if (linger === 'on') return { state: 'done' };
  return { commands: [{ argv: lingerCommand(true), where: 'here' }] };
}

/** One that is as it shall be is done. */
export function fileStep(facts: FileFacts, error: AppError | null): StepDraft {
  const { now, wanted } = facts;
  if (!error && digestOf(now?.bytes ?? null) === digestOf(wanted)) return { state: 'done' };
  const change = now === null ? 'create' : wanted === null ? 'remove' : 'edit';
  return { files: [{ file: facts.file, change, diff: diffOf(facts) }], error };
}

export function diffOf({ file, now, wanted }: FileFacts): string {
  const [before, after] = [now?.bytes ?? null, wanted].map((bytes) => shownText(bytes));
  if (before === after) return '';
  const headerOptions = { includeIndex: false, includeUnderline: false, includeFileHeaders: true };
  return createTwoFilesPatch(
    now === null ? '/dev/null' : file,
    wanted === null ? '/dev/null' : file,
    before ?? '',
    after ?? '',
    undefined,
    undefined,
    { context: 3, headerOptions },
  );
}

/** Without the values that a configuration sends along, and without the secrets of its commands. */
function shownText(bytes: Buffer | null): string {
  if (bytes === null) return '';
  const text =
    bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString('utf16le').slice(1) : bytes.toString('utf8');
  return redactOutput(text.replace(/^(\s*SetEnv[\s=]+)\S.*$/gim, '$1••••'));
}

export function note(key: TunnelNote['key'], values: TunnelNote['values'] = {}): TunnelNote {
  return { key, values };
}
