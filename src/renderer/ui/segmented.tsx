import { type KeyboardEvent, useId, useRef, useState } from 'react';

type Option<T extends string> = { value: T; label: string };

type SegmentedProps<T extends string> = {
  label: string;
  options: readonly Option<T>[];
  value: T;
  onChange: (value: T) => void;
};

/** `form`: the id of one that stands elsewhere, which Enter submits. */
type SegmentedChoiceProps<T extends string> = SegmentedProps<T> & { form?: string };

/** A choice whose effect is harmless, so the arrow keys choose at once. */
export function SegmentedChoice<T extends string>(props: SegmentedChoiceProps<T>) {
  const { label, options, value, onChange, form } = props;
  const name = useId();
  return (
    <div className="segmented" role="radiogroup" aria-label={label}>
      {options.map((option) => (
        <label key={option.value} className="segment">
          <input
            type="radio"
            form={form}
            className="sr-only"
            name={name}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </div>
  );
}

/**
 * A switch that does something far away: the arrow keys only move the focus, Space or Enter (or a press)
 * chooses.
 */
export function SegmentedSwitch<T extends string>({ label, options, value, onChange }: SegmentedProps<T>) {
  const [focused, setFocused] = useState<T | null>(null);
  const group = useRef<HTMLDivElement>(null);

  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = options.findIndex((option) => option.value === (focused ?? value));
    const next = (at + step + options.length) % options.length;
    group.current?.querySelectorAll('button')[next]?.focus();
  };

  return (
    <div
      className="segmented"
      role="radiogroup"
      aria-label={label}
      ref={group}
      onKeyDown={move}
      onBlur={() => setFocused(null)}
    >
      {options.map((option) => (
        // biome-ignore lint/a11y/useSemanticElements: an input would choose as soon as the focus moves
        <button
          key={option.value}
          type="button"
          role="radio"
          className="segment"
          aria-checked={option.value === value}
          tabIndex={option.value === (focused ?? value) ? 0 : -1}
          onFocus={() => setFocused(option.value)}
          onClick={() => {
            if (option.value !== value) onChange(option.value);
          }}
        >
          <span>{option.label}</span>
        </button>
      ))}
    </div>
  );
}
