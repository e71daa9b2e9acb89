import type { LocalGatewayChoice, Settings, SettingsPatch } from './settings.ts';

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

/** As {@link applySettingsPatch}, and what was chosen for one target does not go over to another, unless the patch says so. */
export function changeSettings(before: Settings, patch: SettingsPatch): Settings {
  const after = applySettingsPatch(before, patch);
  const differs = (key: 'transport' | 'url' | 'sshTarget') => after.remote[key] !== before.remote[key];
  // A token belongs to the Gateway it was typed for; another target, or another way, never gets to see it.
  const isElsewhere = differs('transport') || differs('url') || differs('sshTarget');
  if (isElsewhere && patch.remote?.token === undefined) {
    delete after.remote.token;
    delete after.remote.tokenIn;
  }
  // So does a pin (R26).
  if (differs('url') && patch.remote?.tlsFingerprint === undefined) delete after.remote.tlsFingerprint;
  // A host that was not met yet is never met with less than strict.
  if (differs('sshTarget') && patch.remote?.hostKeyPolicy === undefined) delete after.remote.hostKeyPolicy;
  return after;
}

/** What a command line chooses beside the mode. A target that was typed goes over SSH. Pure. */
export function targetPatch(chosen: {
  sshTarget?: string | undefined;
  gateway?: LocalGatewayChoice | undefined;
}): SettingsPatch {
  const { sshTarget, gateway } = chosen;
  return {
    ...(sshTarget !== undefined && { remote: { sshTarget, transport: 'ssh' } }),
    ...(gateway !== undefined && { local: { gateway } }),
  };
}
