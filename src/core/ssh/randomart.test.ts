import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeKey } from '../../../e2e/fixtures/sshd.ts';
import { randomartOf } from './randomart.ts';

describe('the picture of a host key (R6)', () => {
  const dir = mkdtempSync(join(tmpdir(), 'chela-art-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it.each(['ed25519', 'ecdsa', 'rsa'] as const)('is the one that ssh-keygen draws: %s', async (type) => {
    for (let round = 0; round < (type === 'rsa' ? 2 : 8); round++) {
      const key = await makeKey({ type, dir, name: `${type}${round}` });
      const drawn = execFileSync('ssh-keygen', ['-lv', '-f', `${key.file}.pub`], { encoding: 'utf8' });
      const [, ...picture] = drawn.trimEnd().split('\n');
      const blob = Buffer.from(key.publicKey.split(' ')[1] ?? '', 'base64');
      expect(randomartOf(blob)).toBe(picture.join('\n'));
    }
  });
});
