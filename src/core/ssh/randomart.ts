import { createHash } from 'node:crypto';
import { hostKeyType } from './known-hosts.ts';

const width = 17;
const height = 9;
/** How often a square was visited, from none to very often; then the start and the end of the walk. */
const marks = ' .o+=*BOX@%&#/^SE';
const startMark = marks.length - 2;
const endMark = marks.length - 1;

/**
 * The picture that `ssh-keygen -lv` prints of a public key: the walk of a "drunken bishop" over the bits of its
 * SHA-256. Eleven lines without a newline at the end. Source: "The drunken bishop" (Loss, Limmer, von Gernler),
 * and OpenSSH's output, which the tests compare with.
 */
export function randomartOf(key: Buffer): string {
  const visits = Array.from({ length: height }, () => new Array<number>(width).fill(0));
  let x = Math.floor(width / 2);
  let y = Math.floor(height / 2);
  for (const byte of createHash('sha256').update(key).digest()) {
    for (let shift = 0; shift < 8; shift += 2) {
      x = clamp(x + ((byte >> shift) & 1 ? 1 : -1), width);
      y = clamp(y + ((byte >> shift) & 2 ? 1 : -1), height);
      const row = visits[y];
      if (row) row[x] = Math.min((row[x] ?? 0) + 1, startMark - 1);
    }
  }
  const rows = visits.map((row, rowAt) =>
    row
      .map((count, columnAt) => {
        if (rowAt === y && columnAt === x) return marks[endMark];
        const isStart = rowAt === Math.floor(height / 2) && columnAt === Math.floor(width / 2);
        return marks[isStart ? startMark : count];
      })
      .join(''),
  );
  return [border(titleOf(key)), ...rows.map((row) => `|${row}|`), border('[SHA256]')].join('\n');
}

function clamp(value: number, size: number): number {
  return Math.min(Math.max(value, 0), size - 1);
}

function border(title: string): string {
  const left = Math.floor((width - title.length) / 2);
  return `+${'-'.repeat(left)}${title}${'-'.repeat(Math.max(0, width - left - title.length))}+`;
}

/** `[ED25519 256]`; without the size where that does not fit, and cut where even the name does not. */
function titleOf(key: Buffer): string {
  const { name, bits } = kindOf(key);
  const full = `[${name} ${bits}]`;
  return full.length <= width ? full : `[${name}]`.slice(0, width);
}

function kindOf(key: Buffer): { name: string; bits: number } {
  const type = hostKeyType(key) ?? '';
  if (type === 'ssh-rsa') return { name: 'RSA', bits: rsaBits(key) };
  const curve = /^(?:sk-)?ecdsa-sha2-nistp(\d+)/.exec(type);
  if (curve) return { name: type.startsWith('sk-') ? 'ECDSA-SK' : 'ECDSA', bits: Number(curve[1]) };
  return { name: type.startsWith('sk-') ? 'ED25519-SK' : 'ED25519', bits: 256 };
}

/** The length of the modulus, the third field: RFC 4253 §6.6. */
function rsaBits(key: Buffer): number {
  const exponentAt = 4 + key.readUInt32BE(0);
  const modulusAt = exponentAt + 4 + key.readUInt32BE(exponentAt);
  const modulus = key.subarray(modulusAt + 4, modulusAt + 4 + key.readUInt32BE(modulusAt));
  return BigInt(`0x${modulus.toString('hex') || '0'}`).toString(2).length;
}
