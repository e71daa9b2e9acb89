import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { type AppError, appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { createPrivateFile, readPrivateFile, setAside } from './private-file.ts';

/** What makes this computer one device for every Gateway. The private key stays inside `sign`. */
export type DeviceIdentity = {
  /** Lower-case hex SHA-256 of the raw public key. */
  readonly deviceId: string;
  /** The raw 32 bytes, base64url. */
  readonly publicKey: string;
  /** Ed25519 over the UTF-8 text, base64url. */
  sign(text: string): string;
};

export type LoadedIdentity = {
  identity: DeviceIdentity;
  /** DEVICE_FILE_BROKEN when a damaged file was set aside and a new identity made. */
  notice: AppError | null;
};

const FILE_NAME = 'device-identity.json';

const fileSchema = z.object({
  version: z.literal(1),
  deviceId: z.string(),
  publicKey: z.string(),
  privateKeyPem: z.string(),
});

/**
 * The identity of `<dataDir>/device-identity.json`, made and kept on first use (0600). Gateways pin it: a new
 * key is a new device. A damaged file is set aside as `.broken-<epoch ms>`, never overwritten.
 */
export async function loadDeviceIdentity(
  dataDir: string,
  now: () => number = Date.now,
): Promise<Result<LoadedIdentity>> {
  const file = join(dataDir, FILE_NAME);
  const stored = await readPrivateFile(file);
  if (!stored.ok) return stored;

  let notice: AppError | null = null;
  if (stored.value !== null) {
    const identity = parseIdentity(stored.value);
    if (identity) return ok({ identity, notice: null });
    const kept = await setAside(file, now());
    if (!kept.ok) return kept;
    notice = appError('DEVICE_FILE_BROKEN', 'the identity file was set aside', {
      details: { file: kept.value },
    });
  }

  const fresh = makeIdentityFile();
  const created = await createPrivateFile(file, fresh);
  if (!created.ok) return created;
  const text = created.value === 'created' ? ok(fresh) : await readPrivateFile(file);
  if (!text.ok) return text;
  const identity = parseIdentity(text.value ?? '');
  if (!identity)
    return err(appError('DEVICE_FILE_UNUSABLE', 'damaged', { details: { file, reason: 'damaged' } }));
  return ok({ identity, notice });
}

function makeIdentityFile(): string {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const content: z.infer<typeof fileSchema> = {
    version: 1,
    ...describeKey(publicKey),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** Null for anything that is not a whole identity, or whose parts do not belong together. */
function parseIdentity(text: string): DeviceIdentity | null {
  try {
    const content = fileSchema.parse(JSON.parse(text));
    const privateKey = createPrivateKey(content.privateKeyPem);
    if (privateKey.asymmetricKeyType !== 'ed25519') return null;
    const { deviceId, publicKey } = describeKey(createPublicKey(privateKey));
    if (deviceId !== content.deviceId || publicKey !== content.publicKey) return null;
    return {
      deviceId,
      publicKey,
      sign: (message) => sign(null, Buffer.from(message, 'utf8'), privateKey).toString('base64url'),
    };
  } catch {
    return null;
  }
}

function describeKey(publicKey: KeyObject): { deviceId: string; publicKey: string } {
  // The raw key is the last 32 bytes of its SubjectPublicKeyInfo.
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  return {
    deviceId: createHash('sha256').update(raw).digest('hex'),
    publicKey: raw.toString('base64url'),
  };
}
