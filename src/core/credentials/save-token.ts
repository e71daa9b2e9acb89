import { changeSettings } from '../../shared/config/patch.ts';
import type { Settings, SettingsPatch } from '../../shared/config/settings.ts';
import { ok, type Result } from '../../shared/result.ts';
import type { SettingsStore } from '../settings/settings-store.ts';
import type { TokenStore } from './token-store.ts';

type Saving = {
  readonly store: SettingsStore;
  readonly tokens: TokenStore;
  /** The Gateway that these settings lead to, as the token store names it; empty while there is none. */
  readonly gatewayOf: (settings: Settings) => string;
};

/**
 * Saves a change of the settings, with the token in the token store. A token belongs to the Gateway it was typed for:
 * another target never gets to see it. The old one is forgotten when the new settings are written, not before.
 * TOKEN_STORE_ASK and TOKEN_STORE_FAILED change nothing.
 */
export async function saveWithToken(
  patch: SettingsPatch,
  { store, tokens, gatewayOf }: Saving,
): Promise<Result<{ isOtherToken: boolean }>> {
  const { token, tokenPlace, ...remote } = patch.remote ?? {};
  const before = store.read();
  const after = changeSettings(before, { ...patch, ...(patch.remote && { remote }) });
  const [gatewayBefore, gateway] = [gatewayOf(before), gatewayOf(after)];
  if (token !== undefined) {
    delete after.remote.token;
    delete after.remote.tokenIn;
  }
  if (token) {
    const kept = await tokens.save(gateway, token, tokenPlace ?? null);
    if (!kept.ok) return kept;
    if (kept.value !== 'session') after.remote.tokenIn = kept.value;
  }
  const written = store.write(after);
  if (!written.ok) return written;
  const isReplaced = token !== undefined && token !== null && token !== '' && gatewayBefore === gateway;
  if (gatewayBefore !== '' && !isReplaced && (token !== undefined || gatewayBefore !== gateway))
    await tokens.forget(gatewayBefore);
  return ok({ isOtherToken: token !== undefined });
}

/**
 * Moves a token that is plain in the settings file to the keychain. Where none answers it stays where it is, and where it
 * could not be read back too: it is never lost.
 */
export async function moveTokenToKeychain({ store, tokens, gatewayOf }: Saving): Promise<void> {
  const settings = store.read();
  const { token, ...remote } = settings.remote;
  const gateway = gatewayOf(settings);
  if (token === undefined || gateway === '' || !(await tokens.hasKeychain())) return;
  const kept = await tokens.save(gateway, token, null);
  if (kept.ok && kept.value === 'keychain')
    store.write({ ...settings, remote: { ...remote, tokenIn: 'keychain' } });
}
