import { createPublicKey, type KeyObject } from 'node:crypto';

/** Public keys as SSH writes them. Source: RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4. */
export function publicBlobOf(key: KeyObject): Buffer {
  const { kty, crv, n, e, x, y } = createPublicKey(key).export({ format: 'jwk' });
  if (kty === 'RSA' && n && e) return blob('ssh-rsa', mpint(e), mpint(n));
  if (kty === 'OKP' && crv === 'Ed25519' && x) return blob('ssh-ed25519', Buffer.from(x, 'base64url'));
  const curve = crv === undefined ? undefined : curves[crv];
  if (kty === 'EC' && curve && x && y) {
    const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
    return blob(`ecdsa-sha2-${curve}`, Buffer.from(curve), point);
  }
  throw new Error(`unsupported key type ${crv ?? kty ?? ''}`);
}

const curves: Record<string, string> = { 'P-256': 'nistp256', 'P-384': 'nistp384', 'P-521': 'nistp521' };

function blob(type: string, ...fields: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(type), ...fields].flatMap((field) => [uint32(field.length), field]));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A leading zero keeps a number with the top bit set positive. */
function mpint(base64url: string): Buffer {
  const bytes = Buffer.from(base64url, 'base64url');
  return (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
}

/** The public key that stands in clear in a private key of OpenSSH's own format, locked or not. Null: malformed. */
export function publicBlobOfOpensshKey(body: Buffer): { blob: Buffer; encrypted: boolean } | null {
  const magic = 'openssh-key-v1\0';
  if (body.toString('latin1', 0, magic.length) !== magic) return null;
  let at = magic.length;
  const next = (): Buffer | null => {
    if (at + 4 > body.length) return null;
    const end = at + 4 + body.readUInt32BE(at);
    if (end > body.length) return null;
    const field = body.subarray(at + 4, end);
    at = end;
    return field;
  };
  const cipher = next();
  // The name of the key derivation and its options.
  if (cipher === null || next() === null || next() === null) return null;
  at += 4;
  const found = next();
  return found && { blob: Buffer.from(found), encrypted: cipher.toString('latin1') !== 'none' };
}
