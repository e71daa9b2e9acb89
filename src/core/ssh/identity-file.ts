import { createHash, createPrivateKey } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppErrorException, appError } from '../../shared/errors.ts';
import { isSupportedKeyType } from './algorithms.ts';
import { errnoOf, FileProblem } from './file-problem.ts';
import { publicBlobOf, publicBlobOfOpensshKey } from './key-blob.ts';
import { hostKeyType } from './known-hosts.ts';
import { type PrivateKey, unlockOpensshKey } from './private-key.ts';

export type IdentityFile = {
  readonly file: string;
  /** The file's name, to show. */
  readonly name: string;
  readonly encrypted: boolean;
  /** Null for a locked key that does not say whose half it is, with no `.pub` beside it. */
  readonly publicKey: Buffer | null;
  readonly form: 'openssh' | 'pem' | 'public';
  /** Changes with the content. Not the content. */
  readonly digest: string;
  readonly readText: () => Promise<string>;
};

/**
 * Reads a private key in OpenSSH's or a PEM form (PKCS#1, SEC 1, PKCS#8), or the public half of a key that an
 * agent holds. Throws SSH_IDENTITY_UNREADABLE.
 */
export async function readIdentityFile(file: string): Promise<IdentityFile> {
  const readText = () => readSmallFile(file);
  try {
    const text = await readText();
    const digest = createHash('sha256').update(text).digest('base64');
    const facts = await readFacts(text, file);
    const type = facts.publicKey && hostKeyType(facts.publicKey);
    if (facts.publicKey && !isSupportedKeyType(type ?? '')) throw new FileProblem('unsupported', type ?? '');
    return { file, name: basename(file), digest, readText, ...facts };
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** The private key, or null when the passphrase is wrong. Throws SSH_IDENTITY_UNREADABLE. */
export async function unlockIdentity(
  identity: IdentityFile,
  passphrase: string | undefined,
): Promise<PrivateKey | null> {
  try {
    const text = await identity.readText();
    if (identity.form === 'openssh') return await unlockOpensshKey(text, passphrase);
    if (identity.form === 'public') throw new FileProblem('publicHalf');
    const key = createPrivateKey({ key: text, passphrase: passphrase ?? '' });
    return { key, publicKey: publicBlobOf(key) };
  } catch (error) {
    // Of a locked PEM key, a wrong passphrase is the only thing that can't be told before.
    if (identity.form === 'pem' && identity.encrypted) return null;
    throw unreadable(identity.file, error);
  }
}

type Facts = Pick<IdentityFile, 'encrypted' | 'publicKey' | 'form'>;

async function readFacts(text: string, file: string): Promise<Facts> {
  const openssh = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(text);
  if (openssh) {
    const parsed = publicBlobOfOpensshKey(Buffer.from(openssh[1] ?? '', 'base64'));
    if (!parsed) throw new FileProblem('damaged');
    return { encrypted: parsed.encrypted, publicKey: parsed.blob, form: 'openssh' };
  }
  if (/-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/.test(text)) {
    if (/^Proc-Type: 4,ENCRYPTED/m.test(text) || text.includes('BEGIN ENCRYPTED PRIVATE KEY')) {
      const beside = await readSmallFile(`${file}.pub`).catch(() => '');
      return { encrypted: true, publicKey: publicBlobOfLine(beside), form: 'pem' };
    }
    return { encrypted: false, publicKey: publicBlobOf(createPrivateKey(text)), form: 'pem' };
  }
  const publicKey = publicBlobOfLine(text);
  if (publicKey) return { encrypted: false, publicKey, form: 'public' };
  throw new FileProblem(text.startsWith('PuTTY-User-Key-File') ? 'putty' : 'notAKey');
}

/** Of a `type base64 comment` line. */
function publicBlobOfLine(text: string): Buffer | null {
  const [type, base64] = text.trim().split(/\s+/);
  const blob = Buffer.from(base64 ?? '', 'base64');
  return type !== undefined && hostKeyType(blob) === type ? blob : null;
}

const maxBytes = 64 * 1024;

async function readSmallFile(file: string): Promise<string> {
  const info = await stat(file);
  if (!info.isFile()) throw new FileProblem('notAFile');
  if (info.size > maxBytes) throw new FileProblem('notAKey');
  return readFile(file, 'utf8');
}

const problems: Record<string, string> = {
  ENOENT: 'absent',
  ENOTDIR: 'absent',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
};

/** What is neither the system's nor ours to say is OpenSSL's: it could not make a key of the file. */
function unreadable(file: string, error: unknown): AppErrorException {
  const problem = error instanceof FileProblem ? error : null;
  const cause = problem?.problem ?? problems[errnoOf(error)] ?? 'damaged';
  const reason = error instanceof Error ? error.message : String(error);
  const details = { file, reason, cause, ...(problem?.keyType && { keyType: problem.keyType }) };
  return new AppErrorException(appError('SSH_IDENTITY_UNREADABLE', `${file}: ${reason}`, { details }));
}
