import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../clock.ts';
import { passphraseAccount, passwordAccount } from './keychain.ts';
import { createSystemKeychain, type OpenEntry } from './system-keychain.ts';

describe('the keychain (R6)', () => {
  const store = new Map<string, string>();
  const open: OpenEntry = (service, account) => {
    const key = `${service}/${account}`;
    return {
      getPassword: async () => store.get(key) ?? null,
      setPassword: async (secret) => store.set(key, secret),
      deletePassword: async () => store.delete(key),
    };
  };

  it('keeps, finds and forgets', async () => {
    const keychain = createSystemKeychain({ load: async () => open });
    expect(await keychain.isAvailable()).toBe(true);
    const account = passwordAccount('ada', 'box', 22);
    expect(account).toBe('password:ada@box:22');
    expect(passphraseAccount('/home/ada/.ssh/id_rsa')).toBe('passphrase:/home/ada/.ssh/id_rsa');
    expect(await keychain.get(account)).toBeNull();
    expect(await keychain.set(account, 'swordfish')).toBe(true);
    expect([...store]).toEqual([['chela/password:ada@box:22', 'swordfish']]);
    expect(await keychain.get(account)).toBe('swordfish');
    await keychain.delete(account);
    expect(await keychain.get(account)).toBeNull();
  });

  it('is not there when the module does not load, or the store is locked', async () => {
    const locked: OpenEntry = () => ({
      getPassword: () => Promise.reject(new Error('locked')),
      setPassword: () => Promise.reject(new Error('locked')),
      deletePassword: () => Promise.reject(new Error('locked')),
    });
    for (const load of [() => Promise.reject(new Error('no such module')), async () => locked]) {
      const keychain = createSystemKeychain({ load });
      expect(await keychain.isAvailable()).toBe(false);
      expect(await keychain.get('a')).toBeNull();
      expect(await keychain.set('a', 'b')).toBe(false);
      await keychain.delete('a');
    }
  });

  it('gives up on a store that never answers', async () => {
    const hanging: OpenEntry = () => ({
      getPassword: () => new Promise(() => {}),
      setPassword: () => new Promise(() => {}),
      deletePassword: () => new Promise(() => {}),
    });
    const clock: Clock = { now: systemClock.now, after: (_ms, run) => systemClock.after(1, run) };
    const keychain = createSystemKeychain({ load: async () => hanging, clock });
    expect(await keychain.isAvailable()).toBe(false);
    expect(await keychain.get('a')).toBeNull();
  });

  it('the real module loads, and says plainly whether there is a store', async () => {
    // Loads the native binding; where no store runs, this is false and nothing throws.
    const { AsyncEntry } = await import('@napi-rs/keyring');
    expect(typeof AsyncEntry).toBe('function');
    const keychain = createSystemKeychain();
    const isAvailable = await keychain.isAvailable();
    expect(typeof isAvailable).toBe('boolean');
    expect(await keychain.get('password:nobody@chela.test:1')).toBeNull();
    if (!isAvailable) expect(await keychain.set('password:nobody@chela.test:1', 'x')).toBe(false);
  });
});
