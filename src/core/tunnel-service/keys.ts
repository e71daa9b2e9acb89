import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TunnelKey } from '../../shared/contract/tunnel-service.ts';
import { AppErrorException, appError } from '../../shared/errors.ts';
import { listIdentityFiles } from '../identity-files.ts';
import { readIdentityFile } from '../ssh/identity-file.ts';
import { hostKeyType } from '../ssh/known-hosts.ts';
import { isThere, removeDirectories } from './owned-file.ts';
import { type ProgramParts, runOrFail } from './service-manager.ts';

const type = 'ssh-ed25519';

/** The name of a key that Chela makes. */
export function newKeyFile(homeDir: string): string {
  return join(homeDir, '.ssh', 'chela_ed25519');
}

/** This computer's ed25519 keys: of the `named` files, which come first, and in `~/.ssh`. Never rejects. */
export async function listTunnelKeys(homeDir: string, named: readonly string[]): Promise<TunnelKey[]> {
  const files = new Set([...named, ...(await listIdentityFiles(homeDir))]);
  const keys = await Promise.all([...files].map((file) => keyOf(file).catch(() => null)));
  return keys.filter((key) => key !== null);
}

async function keyOf(file: string): Promise<TunnelKey | null> {
  const { publicKey, encrypted } = await readIdentityFile(file);
  return publicKey !== null && hostKeyType(publicKey) === type ? { file, isLocked: encrypted } : null;
}

/** `ssh-ed25519 AAAA… comment` of a private key; the comment of its `.pub`, in letters that no shell minds. */
export async function publicLineOf(file: string): Promise<string> {
  const { publicKey } = await readIdentityFile(file);
  const unusable = (cause: string) =>
    new AppErrorException(appError('SSH_KEY_UNUSABLE', cause, { details: { file, cause } }));
  if (publicKey === null) throw unusable('locked');
  if (hostKeyType(publicKey) !== type) throw unusable('notEd25519');
  const base64 = publicKey.toString('base64');
  const [, ofFile, ...comment] = (await readFile(`${file}.pub`, 'utf8').catch(() => '')).trim().split(/\s+/);
  const name =
    ofFile === base64
      ? comment
          .join(' ')
          .replace(/[^\w@.+-]+/g, '-')
          .slice(0, 100)
      : '';
  return [type, base64, name === '' ? 'chela' : name].join(' ');
}

/** The two files of a key. */
export function filesOfKey(file: string): string[] {
  return [file, `${file}.pub`];
}

/** Rejects with SSH_KEY_UNUSABLE where one of the two files of a key that is to be made is there: it is somebody's. */
export async function refuseTakenKeyFiles(file: string): Promise<void> {
  for (const one of filesOfKey(file)) {
    const details = { file: one, cause: 'exists' };
    if (await isThere(one)) throw new AppErrorException(appError('SSH_KEY_UNUSABLE', 'exists', { details }));
  }
}

/**
 * Makes an ed25519 key without a passphrase, as a service needs it, 0600, where there is none. By ssh-keygen: of the keys that ssh2 makes
 * a few can't be read again. Rejects with TUNNEL_SERVICE_FAILED.
 */
export async function createTunnelKey(
  file: string,
  comment: string,
  tools: ProgramParts & { readonly keygen: string },
): Promise<void> {
  await runOrFail(tools, [tools.keygen, '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
}

/** Both halves, and `~/.ssh` where it is empty and Chela made it. */
export async function removeTunnelKey(file: string, madeDirectory: boolean): Promise<void> {
  for (const one of filesOfKey(file)) await rm(one, { force: true });
  if (madeDirectory) await removeDirectories([dirname(file)]);
}
