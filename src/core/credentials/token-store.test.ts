import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Keychain, noKeychain } from '../keychain/keychain.ts';
import { scratch } from './test-bench.ts';
import { createTokenStore, tokenAccount } from './token-store.ts';

const GATEWAY = 'ada@studio';
const TOKEN = 'canary-0f7c11';

function memoryKeychain() {
  const kept = new Map<string, string>();
  const state = { isLocked: false, loses: false };
  const keychain: Keychain = {
    isAvailable: async () => !state.isLocked,
    get: async (account) => (state.isLocked ? null : (kept.get(account) ?? null)),
    async set(account, secret) {
      if (state.isLocked) return false;
      if (!state.loses) kept.set(account, secret);
      return true;
    },
    async delete(account) {
      kept.delete(account);
    },
  };
  return { keychain, kept, state };
}

describe('the token store (R12, R17)', () => {
  it('keeps tokens in the keychain where there is one, whatever was chosen, for app and command line', async () => {
    const { keychain, kept } = memoryKeychain();
    const dataDir = await scratch();
    const app = createTokenStore({ dataDir, keychain });
    expect(await app.save(GATEWAY, TOKEN, 'file')).toEqual({ ok: true, value: 'keychain' });
    expect([...kept]).toEqual([['gateway-token:ada@studio', TOKEN]]);
    await expect(stat(join(dataDir, 'gateway-tokens.json'))).rejects.toThrow('ENOENT');

    const commandLine = createTokenStore({ dataDir, keychain });
    const account = tokenAccount(GATEWAY);
    expect(await commandLine.read(GATEWAY, 'keychain')).toEqual({
      state: 'set',
      value: TOKEN,
      origin: { tag: 'keychain', account },
    });
    await commandLine.forget(GATEWAY);
    expect(await app.read(GATEWAY, 'keychain')).toMatchObject({
      state: 'unresolved',
      error: { code: 'TOKEN_STORE_UNREADABLE', details: { cause: 'gone' } },
    });
  });

  it('asks where there is none, and keeps nothing until somebody chose', async () => {
    const dataDir = await scratch();
    const store = createTokenStore({ dataDir, keychain: noKeychain });
    expect(await store.hasKeychain()).toBe(false);
    expect(await store.save(GATEWAY, TOKEN, null)).toMatchObject({
      ok: false,
      error: { code: 'TOKEN_STORE_ASK' },
    });
    expect(await store.read(GATEWAY, null)).toEqual({ state: 'absent' });
    await expect(stat(join(dataDir, 'gateway-tokens.json'))).rejects.toThrow('ENOENT');
  });

  it('for this session: in no file, and gone with the process', async () => {
    const dataDir = await scratch();
    const store = createTokenStore({ dataDir, keychain: noKeychain });
    expect(await store.save(GATEWAY, TOKEN, 'session')).toEqual({ ok: true, value: 'session' });
    expect(await store.read(GATEWAY, null)).toMatchObject({ state: 'set', origin: { tag: 'session' } });
    const next = createTokenStore({ dataDir, keychain: noKeychain });
    expect(await next.read(GATEWAY, null)).toEqual({ state: 'absent' });
    await expect(stat(join(dataDir, 'gateway-tokens.json'))).rejects.toThrow('ENOENT');
  });

  it('in a file: 0600, one token for each Gateway, refused as a link', async () => {
    const dataDir = await scratch();
    const file = join(dataDir, 'gateway-tokens.json');
    const store = createTokenStore({ dataDir, keychain: noKeychain });
    await store.save('other', 'theirs', 'file');
    expect(await store.save(GATEWAY, TOKEN, 'file')).toEqual({ ok: true, value: 'file' });
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ other: 'theirs', [GATEWAY]: TOKEN });
    expect(await store.read(GATEWAY, 'file')).toMatchObject({
      state: 'set',
      value: TOKEN,
      origin: { tag: 'file', file },
    });

    expect(await store.save(GATEWAY, TOKEN, 'session')).toEqual({ ok: true, value: 'session' });
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ other: 'theirs' });

    const linked = await scratch();
    await writeFile(join(linked, 'target'), '{}');
    await symlink(join(linked, 'target'), join(linked, 'gateway-tokens.json'));
    const refused = await createTokenStore({ dataDir: linked, keychain: noKeychain }).save(
      GATEWAY,
      TOKEN,
      'file',
    );
    expect(refused).toMatchObject({ ok: false, error: { code: 'FILE_NOT_OURS' } });
    expect(JSON.stringify(refused)).not.toContain(TOKEN);
  });

  it('a keychain that is locked, or that loses what it takes, is no reason to use something else (R21)', async () => {
    const { keychain, state } = memoryKeychain();
    const store = createTokenStore({ dataDir: await scratch(), keychain });
    await store.save(GATEWAY, TOKEN, null);
    state.isLocked = true;
    expect(await store.read(GATEWAY, 'keychain')).toMatchObject({
      state: 'unresolved',
      error: { code: 'TOKEN_STORE_UNREADABLE', details: { cause: 'locked' } },
    });
    state.isLocked = false;
    state.loses = true;
    expect(await store.save(GATEWAY, 'the next one', null)).toMatchObject({
      ok: false,
      error: { code: 'TOKEN_STORE_FAILED', details: { cause: 'keychain' } },
    });
    expect(await store.read(GATEWAY, 'keychain')).toMatchObject({ state: 'set', value: TOKEN });
  });
});
