/** ● good, ▲ attention, ■ stopped, ◌ working, – not in use: a state is never told by colour alone. */
export type StateShapeKind = 'good' | 'attention' | 'stopped' | 'working' | 'off';

/** Decoration beside the words that say the same. */
export function StateShape({ kind }: { kind: StateShapeKind }) {
  return (
    <svg className={`state-shape is-${kind}`} width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
      {kind === 'good' && <circle cx="5" cy="5" r="4" fill="currentColor" />}
      {kind === 'attention' && <path d="M5 .8 9.6 9H.4z" fill="currentColor" />}
      {kind === 'stopped' && <rect x="1.25" y="1.25" width="7.5" height="7.5" rx="1" fill="currentColor" />}
      {kind === 'off' && <path d="M2 5h6" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />}
      {kind === 'working' && (
        <circle
          cx="5"
          cy="5"
          r="3.75"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
          strokeDasharray="2.36 1.57"
        />
      )}
    </svg>
  );
}
