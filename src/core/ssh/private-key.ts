import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import ssh2 from 'ssh2';
import { publicBlobOf } from './key-blob.ts';

/** An unlocked key. It stays in this process's memory and is never written or logged. */
export type PrivateKey = { readonly key: KeyObject; readonly publicKey: Buffer };

export type SignatureHash = 'sha1' | 'sha256' | 'sha512';

/** The raw signature (DER for ECDSA), as ssh2 takes it from an agent. `hash` is for RSA alone. */
export function signWithKey(
  { key }: PrivateKey,
  data: Buffer,
  hash: SignatureHash | undefined,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign(digestFor(key, hash), data, key, (error, signature) => (error ? reject(error) : resolve(signature)));
  });
}

function digestFor(key: KeyObject, hash: SignatureHash | undefined): string | null {
  if (key.asymmetricKeyType === 'ed25519') return null;
  if (key.asymmetricKeyType === 'rsa') return hash ?? 'sha1';
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve === 'secp521r1') return 'sha512';
  return curve === 'secp384r1' ? 'sha384' : 'sha256';
}

/**
 * Opens a key in OpenSSH's own format. Null: the passphrase is wrong. Throws when the key is damaged or of a kind
 * that ssh2 does not read.
 */
export async function unlockOpensshKey(
  text: string,
  passphrase: string | undefined,
): Promise<PrivateKey | null> {
  // No key is locked with an empty passphrase, and the derivation does not take one.
  if (passphrase === '') return null;
  const opened = passphrase === undefined ? openKey(text) : await openKeyApart(text, passphrase);
  if (opened.ok) {
    const key = createPrivateKey(opened.pem);
    return { key, publicKey: publicBlobOf(key) };
  }
  if (passphrase !== undefined && isWrongPassphrase(opened.message)) return null;
  throw new Error(opened.message);
}

type Opened = { ok: true; pem: string } | { ok: false; message: string };

function openKey(text: string, passphrase?: string): Opened {
  const parsed: unknown = ssh2.utils.parseKey(text, passphrase);
  const key: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key instanceof Error) return { ok: false, message: key.message };
  return { ok: true, pem: (key as ssh2.ParsedKey).getPrivatePEM() };
}

/** A wrong one shows in the check bytes or in the cipher's own tag. */
function isWrongPassphrase(message: string): boolean {
  return /integrity check failed|unable to authenticate|bad decrypt/i.test(message);
}

/**
 * The key derivation of OpenSSH's format takes hundreds of milliseconds of one core on purpose, so it runs in a
 * worker. The worker is a string because a bundler would not carry a second file along.
 */
const workerSource = `
const { parentPort, workerData } = require('node:worker_threads');
const parsed = require(workerData.ssh2).utils.parseKey(workerData.text, workerData.passphrase);
const key = Array.isArray(parsed) ? parsed[0] : parsed;
parentPort.postMessage(
  key instanceof Error ? { ok: false, message: key.message } : { ok: true, pem: key.getPrivatePEM() },
);
`;

async function openKeyApart(text: string, passphrase: string): Promise<Opened> {
  let worker: Worker;
  try {
    const modulePath = createRequire(import.meta.url).resolve('ssh2');
    worker = new Worker(workerSource, { eval: true, workerData: { ssh2: modulePath, text, passphrase } });
  } catch {
    return openKey(text, passphrase);
  }
  const opened = await new Promise<Opened | null>((resolve) => {
    worker.once('message', resolve);
    worker.once('error', () => resolve(null));
    worker.once('exit', () => resolve(null));
  });
  await worker.terminate();
  // A packaged app may hide ssh2 from a worker; a short pause is better than no connection.
  return opened ?? openKey(text, passphrase);
}
