import { MASK, redactUrl } from '../../shared/config/redact-url.ts';

/** What is shorter stands in many words. */
const MIN_CHARACTERS = 6;

/**
 * What a server or a library said, without what that server was given to know us by: each of these values, also the word
 * after a `Bearer`, and what is secret in addresses.
 */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  const words = secrets
    .flatMap((secret) => [secret, ...secret.split(/\s+/)])
    .filter(({ length }) => length >= MIN_CHARACTERS)
    .sort((left, right) => right.length - left.length);
  return redactUrl(words.reduce((masked, word) => masked.replaceAll(word, MASK), text));
}
