import { type Keychain, passphraseAccount, passwordAccount } from '../keychain/keychain.ts';
import type { PrivateKey } from './private-key.ts';

/**
 * What was unlocked or typed once, so that a reconnect never asks again. In memory only: keys by their file's
 * digest, passwords by their keychain account.
 */
export type UnlockedKeys = Map<string, PrivateKey | { readonly password: string }>;

/** Where a secret came from decides what happens when it is wrong. */
export type Secret = { readonly text: string; readonly from: 'memory' | 'keychain' | 'person' };

export type Secrets = {
  readonly canRemember: () => Promise<boolean>;
  readonly key: (digest: string) => PrivateKey | null;
  readonly keepKey: (digest: string, key: PrivateKey) => void;
  readonly passphrase: (identityFile: string) => Promise<string | null>;
  readonly keepPassphrase: (identityFile: string, passphrase: string) => Promise<void>;
  readonly forgetPassphrase: (identityFile: string) => Promise<void>;
  readonly password: (who: Login) => Promise<Secret | null>;
  /** Without looking into the keychain. */
  readonly passwordInMemory: (who: Login) => Secret | null;
  /** Always in memory; in the keychain when a person said so. */
  readonly keepPassword: (who: Login, password: string, remember: boolean) => Promise<void>;
  readonly forgetPassword: (who: Login, from: Secret['from']) => Promise<void>;
};

type Login = { readonly user: string; readonly host: string; readonly port: number };

export function createSecrets(unlocked: UnlockedKeys, keychain: Keychain): Secrets {
  const accountOf = ({ user, host, port }: Login) => passwordAccount(user, host, port);
  const inMemory = (who: Login): Secret | null => {
    const held = unlocked.get(accountOf(who));
    return held && 'password' in held ? { text: held.password, from: 'memory' } : null;
  };
  return {
    canRemember: () => keychain.isAvailable(),
    key(digest) {
      const found = unlocked.get(digest);
      return found && 'key' in found ? found : null;
    },
    keepKey: (digest, key) => void unlocked.set(digest, key),
    passphrase: (file) => keychain.get(passphraseAccount(file)),
    async keepPassphrase(file, passphrase) {
      await keychain.set(passphraseAccount(file), passphrase);
    },
    forgetPassphrase: (file) => keychain.delete(passphraseAccount(file)),
    async password(who) {
      const held = inMemory(who);
      if (held) return held;
      const stored = await keychain.get(accountOf(who));
      return stored === null ? null : { text: stored, from: 'keychain' };
    },
    passwordInMemory: inMemory,
    async keepPassword(who, password, remember) {
      unlocked.set(accountOf(who), { password });
      if (remember) await keychain.set(accountOf(who), password);
    },
    async forgetPassword(who, from) {
      unlocked.delete(accountOf(who));
      if (from === 'keychain') await keychain.delete(accountOf(who));
    },
  };
}
