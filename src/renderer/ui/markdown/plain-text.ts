// Written as escapes: these characters can't be seen in a source file, which is the point.
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences of terminals are control characters
const terminalCodes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what is left of them is no text
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
/** Joiners (U+200C, U+200D) stay: Persian words and family emoji are made of them. */
const invisible = /[\u200b\u2060\ufeff\u00ad]/g;
const overrides = /[\u202a-\u202e\u2066-\u2069]/g;
const isSuspicious =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the cheap question whether the above has work to do
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff]/;

/**
 * Text as a person would read it: no codes for terminals, nothing invisible, and a character that turns the
 * direction of what follows is shown by its number instead of taking effect. Broken UTF-16 becomes U+FFFD.
 */
export function plainText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  if (!isSuspicious.test(whole)) return whole;
  return whole
    .replace(terminalCodes, '')
    .replace(controls, '')
    .replace(invisible, '')
    .replace(overrides, (char) => `[U+${char.charCodeAt(0).toString(16).toUpperCase()}]`);
}
