import { Autocomplete } from '@base-ui/react/autocomplete';
import { ChevronDown } from 'lucide-react';

type ComboboxProps = {
  id: string;
  describedBy: string;
  value: string;
  options: readonly string[];
  placeholder: string;
  /** Of the button that opens the list. */
  showLabel: string;
  emptyText: string;
  onChange: (value: string) => void;
};

/** Free text with suggestions: what is not in the list may be typed. */
export function Combobox({
  id,
  describedBy,
  value,
  options,
  placeholder,
  showLabel,
  emptyText,
  onChange,
}: ComboboxProps) {
  return (
    <Autocomplete.Root items={options} value={value} onValueChange={onChange} mode="none">
      <div className="combobox">
        <Autocomplete.Input
          id={id}
          className="input mono"
          placeholder={placeholder}
          aria-describedby={describedBy}
          autoCapitalize="none"
          spellCheck={false}
        />
        <Autocomplete.Trigger className="combobox-trigger" aria-label={showLabel}>
          <ChevronDown size={14} />
        </Autocomplete.Trigger>
      </div>
      <Autocomplete.Portal>
        <Autocomplete.Positioner sideOffset={4} className="popup-layer">
          <Autocomplete.Popup className="popup">
            <Autocomplete.Empty className="popup-empty">{emptyText}</Autocomplete.Empty>
            <Autocomplete.List>
              {(option: string) => (
                <Autocomplete.Item key={option} value={option} className="popup-item mono">
                  {option}
                </Autocomplete.Item>
              )}
            </Autocomplete.List>
          </Autocomplete.Popup>
        </Autocomplete.Positioner>
      </Autocomplete.Portal>
    </Autocomplete.Root>
  );
}
