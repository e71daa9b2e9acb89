import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Compares in a time that does not depend on where the texts differ, nor on their lengths. */
export function sameSecret(presented: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(presented), digest(expected));
}

/** 256 random bits, base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}
