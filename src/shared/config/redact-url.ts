export const MASK = '••••';

/** The text with passwords, tokens and keys in its addresses masked. A lone name before the `@` of a web address is one. */
export function redactUrl(text: string): string {
  return text
    .replace(/(\b[a-z][\w+.-]*:\/\/[^/?#\s:@]*:)[^/?#\s@]+(?=@)/gi, `$1${MASK}`)
    .replace(/(\bhttps?:\/\/)[^/?#\s:@]+(?=@)/gi, `$1${MASK}`)
    .replace(/([?&#][\w-]*(?:token|password|secret|key|signature|sig|auth)=)[^&#\s"']+/gi, `$1${MASK}`);
}
