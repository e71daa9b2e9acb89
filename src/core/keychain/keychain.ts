/** The system's store of secrets: Keychain, Credential Manager, Secret Service. Accounts belong to the service `chela`. */
export type Keychain = {
  /** Never rejects. */
  isAvailable(): Promise<boolean>;
  /** Null when nothing is stored, or the store can't be asked. Never rejects. */
  get(account: string): Promise<string | null>;
  /** False when it could not be stored. Never rejects, and never writes to a file instead. */
  set(account: string, secret: string): Promise<boolean>;
  /** Never rejects. */
  delete(account: string): Promise<void>;
};

export const keychainService = 'chela';

export function passphraseAccount(identityFile: string): string {
  return `passphrase:${identityFile}`;
}

export function passwordAccount(user: string, host: string, port: number): string {
  return `password:${user}@${host}:${port}`;
}

/** For a computer without one, and for tests that should not touch one. */
export const noKeychain: Keychain = {
  isAvailable: async () => false,
  get: async () => null,
  set: async () => false,
  delete: async () => {},
};
