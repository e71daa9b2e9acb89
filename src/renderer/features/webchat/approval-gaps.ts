/** A gap of more lines than these is told, not drawn: it would push what stands below it out of sight. */
const mostDrawn = 2;

type Folded = {
  /** Number of its first line. */
  at: number;
  /** Before the part, and not in it. */
  emptyLines: number;
  part: string;
};

/** A text in parts, apart where many lines of it have nothing but blanks. Pure. */
export function foldedAtGaps(text: string): readonly Folded[] {
  const lines = text.split('\n');
  const folded: Folded[] = [];
  let emptyLines = 0;
  let at = 0;
  /** After the last line that has something. */
  let end = 0;
  const add = (until: number) => {
    const part = lines.slice(at, until).join('\n');
    if (part !== '' || emptyLines > 0) folded.push({ at, emptyLines, part });
  };
  const fold = (until: number) => {
    add(end);
    emptyLines = until - end;
    at = until;
  };
  for (const [number, line] of lines.entries()) {
    if (line.trim() === '') continue;
    if (number - end > mostDrawn) fold(number);
    end = number + 1;
  }
  if (lines.length - end > mostDrawn) fold(lines.length);
  add(lines.length);
  return folded;
}
