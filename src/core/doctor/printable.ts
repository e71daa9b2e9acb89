/** The beginning of what another computer said, as ASCII that a terminal takes for text. */
export function printable(said: string): string {
  const line = said.replace(/[^ -~]+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 80)}…` : line || '?';
}
