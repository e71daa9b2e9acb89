import { createHash, createPublicKey, verify } from 'node:crypto';
import { buildDeviceAuthPayload, buildDeviceAuthPayloadV3 } from '@openclaw/gateway-client';
import type { ConnectParams } from '@openclaw/gateway-protocol';
import type { DeviceFault } from './connect-refusal.ts';

/**
 * How far the client's `signedAt` may be from our clock: measured on a real Gateway, 110 s passes and 130 s
 * does not.
 */
const MAX_SKEW_MS = 120_000;

/** A raw 32-byte Ed25519 key becomes SPKI DER behind this prefix (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

type Device = NonNullable<ConnectParams['device']>;

/**
 * Checks that the client holds the key it names and answered this challenge (observed).
 * Signatures of form v3 and v2 pass. Returns what is wrong, or null.
 */
export function findDeviceFault(
  params: ConnectParams,
  device: Device,
  challenge: { nonce: string; now: number },
): DeviceFault | null {
  const key = Buffer.from(device.publicKey, 'base64url');
  if (key.length !== 32 || createHash('sha256').update(key).digest('hex') !== device.id) {
    return 'device-id-mismatch';
  }
  if (Math.abs(challenge.now - device.signedAt) > MAX_SKEW_MS) return 'device-signature-stale';
  if (device.nonce.trim() === '') return 'device-nonce-missing';
  if (device.nonce !== challenge.nonce) return 'device-nonce-mismatch';
  return isSigned(params, device, key) ? null : 'device-signature';
}

function isSigned(params: ConnectParams, device: Device, key: Buffer): boolean {
  const { auth, client } = params;
  const fields = {
    deviceId: device.id,
    clientId: client.id,
    clientMode: client.mode,
    role: params.role ?? 'operator',
    scopes: params.scopes ?? [],
    signedAtMs: device.signedAt,
    token: auth?.token || auth?.deviceToken || auth?.bootstrapToken || '',
    nonce: device.nonce,
  };
  const texts = [
    buildDeviceAuthPayloadV3({
      ...fields,
      platform: client.platform,
      deviceFamily: client.deviceFamily ?? '',
    }),
    buildDeviceAuthPayload(fields),
  ];
  const publicKey = createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, key]),
    format: 'der',
    type: 'spki',
  });
  const signature = Buffer.from(device.signature, 'base64url');
  return texts.some((text) => verify(null, Buffer.from(text), publicKey, signature));
}
