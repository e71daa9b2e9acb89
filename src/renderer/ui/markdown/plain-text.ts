// Written as escapes: these characters can't be seen in a source file, which is the point.
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences of terminals are control characters
const terminalCodes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
/** Joiners (U+200C, U+200D) stay: Persian words and family emoji are made of them. */
const unseen = /[^\P{Cc}\t\n\r]|[\u00ad\u200b\u2060\ufeff]/gu;
const overrides = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text as a person would read it: no codes for terminals, nothing invisible, and a character that turns the
 * direction of what follows is shown by its number instead of taking effect. Broken UTF-16 becomes U+FFFD.
 */
export function plainText(text: string): string {
  return text
    .toWellFormed()
    .replace(terminalCodes, '')
    .replace(unseen, '')
    .replace(overrides, (char) => `[U+${char.charCodeAt(0).toString(16).toUpperCase()}]`);
}
