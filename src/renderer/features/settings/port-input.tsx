type PortInputProps = {
  id: string;
  describedBy: string;
  value: string;
  isInvalid: boolean;
  onChange: (value: string) => void;
};

export function PortInput({ id, describedBy, value, isInvalid, onChange }: PortInputProps) {
  return (
    <input
      id={id}
      className="input is-port tabular"
      inputMode="numeric"
      autoComplete="off"
      maxLength={5}
      value={value}
      aria-describedby={describedBy}
      aria-invalid={isInvalid}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
