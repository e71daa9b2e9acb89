import { join } from 'node:path';
import { z } from 'zod';
import type { TokenPlace } from '../../shared/config/settings.ts';
import {
  absent,
  type SecretInput,
  type SecretOrigin,
  setSecret,
} from '../../shared/credentials/candidates.ts';
import { appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { readPrivateFile, writePrivateFile } from '../device/private-file.ts';
import type { Keychain } from '../keychain/keychain.ts';

/**
 * Keeps the tokens entered in Chela, one for each Gateway: in the system's keychain, which the app and the command line share.
 * Where no keychain answers a person chooses: the memory of this process, or `<dataDir>/gateway-tokens.json` (0600).
 * Nothing is chosen silently, and what was stored is gone only when its successor is stored.
 */
export type TokenStore = {
  /** Whether a keychain answers. Never rejects. */
  hasKeychain(): Promise<boolean>;
  /**
   * The token of a Gateway, from where the settings say it is. One that should be there and cannot be had is `unresolved`, and
   * so never replaced by another credential. Never rejects.
   */
  read(gateway: string, place: TokenPlace | null): Promise<SecretInput>;
  /** TOKEN_STORE_ASK where there is no keychain and nothing was chosen; TOKEN_STORE_FAILED. Answers where it is now. */
  save(
    gateway: string,
    token: string,
    chosen: Exclude<TokenPlace, 'keychain'> | null,
  ): Promise<Result<TokenPlace>>;
  /** Forgets it wherever it may be. */
  forget(gateway: string): Promise<void>;
};

export type TokenStoreOptions = { readonly dataDir: string; readonly keychain: Keychain };

const fileSchema = z.record(z.string(), z.string());

/** The keychain account of a Gateway's token; the same for app and command line. */
export function tokenAccount(gateway: string): string {
  return `gateway-token:${gateway}`;
}

/** Where a person may choose to keep tokens as text. */
export function tokenFileIn(dataDir: string): string {
  return join(dataDir, 'gateway-tokens.json');
}

export function createTokenStore({ dataDir, keychain }: TokenStoreOptions): TokenStore {
  const file = tokenFileIn(dataDir);
  const session = new Map<string, string>();

  async function readFileTokens(): Promise<Result<Record<string, string>>> {
    const text = await readPrivateFile(file);
    if (!text.ok) return text;
    if (text.value === null) return ok({});
    try {
      return ok(fileSchema.parse(JSON.parse(text.value)));
    } catch {
      return failed(file, 'file', 'EINVAL');
    }
  }

  async function writeFileToken(gateway: string, token: string | null): Promise<Result<void>> {
    const known = await readFileTokens();
    if (!known.ok) return known;
    if (token === null && known.value[gateway] === undefined) return ok(undefined);
    const { [gateway]: _old, ...others } = known.value;
    const tokens = token === null ? others : { ...others, [gateway]: token };
    const written = await writePrivateFile(file, `${JSON.stringify(tokens, null, 2)}\n`);
    return written.ok ? written : failed(file, 'file', String(written.error.details?.reason ?? 'EIO'));
  }

  /** Elsewhere than in `kept`. A place that cannot be asked has nothing that would be read again. */
  async function clearOthers(gateway: string, kept: TokenPlace | null): Promise<void> {
    if (kept !== 'session') session.delete(gateway);
    if (kept !== 'file') await writeFileToken(gateway, null);
    if (kept !== 'keychain') await keychain.delete(tokenAccount(gateway));
  }

  async function keep(
    gateway: string,
    token: string,
    chosen: Exclude<TokenPlace, 'keychain'> | null,
  ): Promise<Result<TokenPlace>> {
    if (await keychain.isAvailable()) {
      const account = tokenAccount(gateway);
      const isKept = (await keychain.set(account, token)) && (await keychain.get(account)) === token;
      return isKept ? ok('keychain') : failed(account, 'keychain');
    }
    if (chosen === null) return err(appError('TOKEN_STORE_ASK', 'no keychain, and nothing was chosen'));
    if (chosen === 'session') {
      session.set(gateway, token);
      return ok('session');
    }
    const written = await writeFileToken(gateway, token);
    return written.ok ? ok('file') : written;
  }

  return {
    hasKeychain: () => keychain.isAvailable(),
    async read(gateway, place) {
      const held = session.get(gateway);
      if (held !== undefined) return setSecret(held, { tag: 'session' });
      if (place === 'keychain') {
        const account = tokenAccount(gateway);
        const origin: SecretOrigin = { tag: 'keychain', account };
        const token = await keychain.get(account);
        if (token !== null) return setSecret(token, origin);
        const cause = (await keychain.isAvailable()) ? 'gone' : 'locked';
        const error = appError('TOKEN_STORE_UNREADABLE', cause, { details: { place: account, cause } });
        return { state: 'unresolved', origin, error };
      }
      if (place === 'file') {
        const origin: SecretOrigin = { tag: 'file', file };
        const tokens = await readFileTokens();
        if (!tokens.ok) return { state: 'unresolved', origin, error: tokens.error };
        const token = tokens.value[gateway];
        if (token !== undefined) return setSecret(token, origin);
        const error = appError('TOKEN_STORE_UNREADABLE', 'gone', { details: { place: file, cause: 'gone' } });
        return { state: 'unresolved', origin, error };
      }
      return absent;
    },
    async save(gateway, token, chosen) {
      const kept = await keep(gateway, token, chosen);
      if (kept.ok) await clearOthers(gateway, kept.value);
      return kept;
    },
    forget: (gateway) => clearOthers(gateway, null),
  };
}

function failed(place: string, cause: 'keychain' | 'file', errno?: string): Result<never> {
  const details = { place, cause, ...(errno !== undefined && { errno }) };
  return err(appError('TOKEN_STORE_FAILED', cause, { details }));
}
