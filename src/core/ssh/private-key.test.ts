import { createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { makeKey } from '../../../e2e/fixtures/sshd.ts';
import { signWithKey, unlockOpensshKey } from './private-key.ts';

const dir = mkdtempSync(join(tmpdir(), 'chela-keys-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

describe('a locked key in OpenSSH’s format (R6)', () => {
  it('is opened in a worker, not on the event loop, and signs', async () => {
    const made = await makeKey({ type: 'ed25519', dir, passphrase: 'open sesame' });
    const text = readFileSync(made.file, 'utf8');
    const here = vi.spyOn(ssh2.utils, 'parseKey');
    expect(await unlockOpensshKey(text, 'open barley')).toBeNull();
    const key = await unlockOpensshKey(text, 'open sesame');
    expect(here).not.toHaveBeenCalled();
    if (!key) throw new Error('it stayed locked');
    expect(key.publicKey.toString('base64')).toBe(made.publicKey.split(' ')[1]);

    const data = Buffer.from('to be signed');
    const signature = await signWithKey(key, data, undefined);
    expect(verify(null, data, createPublicKey(key.key), signature)).toBe(true);
  });

  it('is not opened by an empty passphrase', async () => {
    const made = await makeKey({ type: 'ecdsa', dir, passphrase: 'open sesame' });
    expect(await unlockOpensshKey(readFileSync(made.file, 'utf8'), '')).toBeNull();
  });

  it('says when it is damaged', async () => {
    const made = await makeKey({ type: 'rsa', dir, passphrase: 'open sesame' });
    const text = readFileSync(made.file, 'utf8');
    await expect(unlockOpensshKey(text.replace('b3BlbnNzaC', 'AAAAAAAAAA'), 'open sesame')).rejects.toThrow();
  });
});
