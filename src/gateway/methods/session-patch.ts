import type { SessionsPatchParams } from '@openclaw/gateway-protocol';
import type { ModelConfig } from '../../shared/config/model-config.ts';
import { levelsOf, thinkingLevels } from '../agent/thinking.ts';
import { invalidRequest, type Refusal } from '../server/frames.ts';
import type { SessionSettings } from '../sessions/session-settings.ts';

export type PatchChecks = {
  readonly findModel: (ref: string) => Promise<ModelConfig | null>;
  readonly providers: () => Promise<readonly string[]>;
  /** What a session with these settings would answer with. */
  readonly modelFor: (settings: SessionSettings) => Promise<ModelConfig | null>;
  readonly labelled: (label: string) => string | undefined;
  readonly now: () => number;
};

type Changed =
  | { readonly ok: true; readonly settings: SessionSettings }
  | { readonly ok: false; reply: Refusal };

const refused = (message: string): Changed => ({ ok: false, reply: invalidRequest(message) });

const texts = [
  'icon',
  'color',
  'category',
  'statusNote',
  'attention',
  'verboseLevel',
  'traceLevel',
  'reasoningLevel',
  'responseUsage',
  'fastMode',
] as const;

/** The settings with the patch in them. `null` takes a decision back. */
export async function applyPatch(
  checks: PatchChecks,
  key: string,
  before: SessionSettings,
  patch: Partial<SessionsPatchParams>,
): Promise<Changed> {
  let settings: SessionSettings = before;
  const set = (change: Partial<Record<keyof SessionSettings, unknown>>) => {
    const all = { ...settings, ...change };
    // null and undefined both mean: not decided.
    settings = Object.fromEntries(
      Object.entries(all).filter(([, value]) => value != null),
    ) as SessionSettings;
  };

  for (const name of texts) if (patch[name] !== undefined) set({ [name]: patch[name] });
  if (patch.pinned !== undefined) set({ pinnedAt: patch.pinned ? checks.now() : null });
  if (patch.archived !== undefined) set({ archivedAt: patch.archived ? checks.now() : null });
  if (patch.unread === true) set({ markedUnreadAt: checks.now() });
  if (patch.unread === false) set({ lastReadAt: checks.now(), markedUnreadAt: null });

  if (patch.label !== undefined) {
    const label = patch.label?.trim() ?? null;
    if (label === '') return refused('invalid label: empty');
    const holder = label === null ? undefined : checks.labelled(label);
    if (holder !== undefined && holder !== key) return refused(`label already in use: ${label}`);
    set({ label });
  }
  if (patch.model !== undefined) {
    const fault = patch.model === null ? null : await findModelFault(checks, patch.model);
    if (fault !== null) return refused(fault);
    set({ modelRef: patch.model });
  }
  if (patch.thinkingLevel !== undefined) {
    const level = patch.thinkingLevel;
    const fault = level === null ? null : await findLevelFault(checks, settings, level);
    if (fault !== null) return refused(fault);
    set({ thinkingLevel: level });
  }
  return { ok: true, settings };
}

async function findModelFault(checks: PatchChecks, ref: string): Promise<string | null> {
  if ((await checks.findModel(ref)) !== null) return null;
  const [provider = '', ...rest] = ref.split('/');
  if (rest.length > 0 && !(await checks.providers()).includes(provider)) {
    return `Unknown provider "${provider}". Use /models to list providers.`;
  }
  return `Unknown model "${ref}". Use /models to list models.`;
}

async function findLevelFault(
  checks: PatchChecks,
  settings: SessionSettings,
  level: string,
): Promise<string | null> {
  const model = await checks.modelFor(settings);
  const known = model === null ? thinkingLevels : levelsOf(model);
  if (known.some((name) => name === level)) return null;
  const subject = model === null ? 'this gateway' : `${model.providerId}/${model.modelId}`;
  return `thinkingLevel "${level}" is not supported for ${subject} (use ${known.join('|')})`;
}
