import { MARK_ATTENTION, MARK_CLOSED, MARK_DOT, MARK_GRID, MARK_OPEN, MARK_STROKE } from './mark-path.ts';

export type MarkShape = 'open' | 'closed' | 'attention';

export const markPaths = { open: MARK_OPEN, closed: MARK_CLOSED, attention: MARK_ATTENTION } as const;

/** The claw. Decoration: the words beside it say the same. */
export function Mark({ shape, size = 16 }: { shape: MarkShape; size?: number }) {
  return (
    <svg
      className="mark"
      width={size}
      height={size}
      viewBox={`0 0 ${MARK_GRID} ${MARK_GRID}`}
      fill="currentColor"
      stroke="currentColor"
      strokeWidth={MARK_STROKE}
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {markPaths[shape].map((path) => (
        <path key={path} d={path} />
      ))}
      {shape === 'attention' && <circle {...MARK_DOT} stroke="none" />}
    </svg>
  );
}
