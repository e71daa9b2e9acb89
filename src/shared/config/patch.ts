import type { Settings, SettingsPatch } from './settings.ts';

type Section = Record<string, unknown>;

function mergeSection(current: Section, change: Section | undefined): Section {
  const merged = { ...current };
  for (const [key, value] of Object.entries(change ?? {})) {
    if (value === undefined) continue;
    if (value === null || value === '') delete merged[key];
    else merged[key] = value;
  }
  return merged;
}

/** Applies a patch: absent keys stay, null and empty text go back to "not chosen here", unknown keys survive. Pure. */
export function applySettingsPatch(settings: Settings, patch: SettingsPatch): Settings {
  const { mode, ...sections } = patch;
  const top = mergeSection(settings, { mode });
  return {
    ...top,
    remote: mergeSection(settings.remote, sections.remote),
    local: mergeSection(settings.local, sections.local),
    appearance: mergeSection(settings.appearance, sections.appearance),
  } as Settings;
}
