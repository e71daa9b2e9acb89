import { type ReactNode, useId } from 'react';

type FieldProps = {
  label: string;
  /** What belongs in it. */
  hint?: string;
  /** Where the value comes from, when not from the person. */
  origin?: string | null;
  /** What is wrong with it; takes the place of the hint. */
  problem?: string | null;
  /** A further question about the value, below what is said of it. */
  after?: ReactNode;
  /** Ids for the control, so that all of this is read with it. */
  children: (ids: { id: string; describedBy: string }) => ReactNode;
};

export function Field({ label, hint, origin, problem, after, children }: FieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  return (
    <div className={problem ? 'row has-problem' : 'row'}>
      <label className="row-label" htmlFor={id}>
        {label}
      </label>
      <div className="row-control">
        {children({ id, describedBy: noteId })}
        <p className="row-note" id={noteId}>
          {problem ? <span className="row-problem">{problem}</span> : hint}
          {origin && <span className="row-origin">{origin}</span>}
        </p>
        {after}
      </div>
    </div>
  );
}
