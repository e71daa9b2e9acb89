import { type Clock, systemClock } from '../clock.ts';
import { type Keychain, keychainService } from './keychain.ts';

type Entry = {
  getPassword(): Promise<string | null | undefined>;
  setPassword(secret: string): Promise<unknown>;
  deletePassword(): Promise<unknown>;
};

/** One credential of the store. Its methods reject when there is no store. */
export type OpenEntry = (service: string, account: string) => Entry;

export type SystemKeychainOptions = {
  /** Rejects when the native module does not load. `@napi-rs/keyring` when absent. */
  readonly load?: (() => Promise<OpenEntry>) | undefined;
  readonly clock?: Clock | undefined;
};

/** A store that asks a person to unlock it may take a while; one that hangs must not hold up a connection for ever. */
const answerMs = 60_000;
const probeMs = 5000;

/** The module is loaded at the first call; a computer without a store is asked again each time. */
export function createSystemKeychain(options: SystemKeychainOptions = {}): Keychain {
  const { load = loadKeyring, clock = systemClock } = options;
  let opening: Promise<OpenEntry> | null = null;

  const within = <T>(ms: number, work: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const cancel = clock.after(ms, () => reject(new Error('the keychain does not answer')));
      work.finally(cancel).then(resolve, reject);
    });
  const entry = async (account: string): Promise<Entry> => {
    opening ??= load();
    return (await opening)(keychainService, account);
  };

  return {
    async isAvailable() {
      try {
        await within(probeMs, (await entry('probe')).getPassword());
        return true;
      } catch {
        return false;
      }
    },
    async get(account) {
      try {
        return (await within(answerMs, (await entry(account)).getPassword())) ?? null;
      } catch {
        return null;
      }
    },
    async set(account, secret) {
      try {
        await within(answerMs, (await entry(account)).setPassword(secret));
        return true;
      } catch {
        return false;
      }
    },
    async delete(account) {
      try {
        await within(answerMs, (await entry(account)).deletePassword());
      } catch {
        // Nothing was stored, or nobody is there to forget it.
      }
    },
  };
}

/** On Linux only the Secret Service counts: the kernel's key ring forgets at the end of the session. */
async function loadKeyring(): Promise<OpenEntry> {
  const { AsyncEntry } = await import('@napi-rs/keyring');
  return (service, account) => new AsyncEntry(service, account, { linux: { store: 'secret-service' } });
}
