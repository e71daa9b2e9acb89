import { scrollable } from './scrollable.ts';

/** A unified diff to read: what goes is struck out by its mark and colour, what comes is marked as inserted. */
export function DiffView({ diff, label }: { diff: string; label: string }) {
  const lines = diff.trimEnd().split('\n').slice(2);
  return (
    <section className="diff" aria-label={label} {...scrollable}>
      <pre>
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one diff never move
          <DiffLine key={index} line={line} />
        ))}
      </pre>
    </section>
  );
}

function DiffLine({ line }: { line: string }) {
  if (line.startsWith('+')) return <ins className="diff-line">{line}</ins>;
  if (line.startsWith('-')) return <del className="diff-line">{line}</del>;
  return <span className={`diff-line ${line.startsWith('@@') ? 'is-place' : ''}`}>{line}</span>;
}
