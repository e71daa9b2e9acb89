import { SegmentedChoice } from '../../ui/segmented.tsx';

type ChoiceRowProps<T extends string> = {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  note: string;
  origin: string | null;
  onChange: (value: T) => void;
};

/** Part of the draft: nothing happens before Save, so the arrow keys may choose. */
export function ChoiceRow<T extends string>({
  label,
  value,
  options,
  note,
  origin,
  onChange,
}: ChoiceRowProps<T>) {
  return (
    <div className="row">
      <span className="row-label">{label}</span>
      <div className="row-control">
        <SegmentedChoice<T> label={label} value={value} options={options} onChange={onChange} />
        <p className="row-note" aria-live="polite">
          {note}
          {origin && <span className="row-origin">{origin}</span>}
        </p>
      </div>
    </div>
  );
}
