/** An answer without the lines that attach files, and what those name, in their order. */
export type AnswerMedia = { readonly text: string; readonly paths: readonly string[] };

const MEDIA_LINE = /^ {0,3}MEDIA:\s*(?:"([^"]+)"|(\S.*?))\s*$/;
const FENCE = /^ {0,3}(```|~~~)/;

/**
 * Agents attach a file to their answer by a line of its own, `MEDIA:<path>`, outside of code (openclaw 2026.9.6,
 * docs/reference/rich-output-protocol.md).
 */
export function splitMedia(answer: string): AnswerMedia {
  if (!answer.includes('MEDIA:')) return { text: answer, paths: [] };
  const paths: string[] = [];
  let fence: string | null = null;
  const kept = answer.split('\n').filter((line) => {
    const mark = FENCE.exec(line)?.[1];
    if (mark !== undefined && (fence === null || fence === mark)) fence = fence === null ? mark : null;
    const named = fence === null ? MEDIA_LINE.exec(line) : null;
    if (named) paths.push(named[1] ?? named[2] ?? '');
    return named === null;
  });
  return { text: paths.length === 0 ? answer : kept.join('\n').trim(), paths };
}
