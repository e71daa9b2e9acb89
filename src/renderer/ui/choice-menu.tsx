import { Menu } from '@base-ui/react/menu';
import { Check, ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { MenuPortal } from './menu-portal.tsx';

type MenuChoice<T extends string> = {
  value: T;
  label: string;
  /** A word on it, beside it. */
  note?: string;
  isDisabled?: boolean;
};

type ChoiceMenuProps<T extends string> = {
  /** What is chosen here; read before the choice that is in force. */
  label: string;
  /** What is in force, in words. */
  shown: string;
  value: T | null;
  choices: readonly MenuChoice<T>[];
  isDisabled: boolean;
  /** Why it can't be changed; shown where somebody points at it, and read. */
  reason?: string | undefined;
  isBusy: boolean;
  onChoose: (value: T) => void;
};

/** A quiet word that opens the list of what may stand in its place. */
export function ChoiceMenu<T extends string>(props: ChoiceMenuProps<T>) {
  const { label, shown, value, choices, isDisabled, reason, isBusy, onChoose } = props;
  const [trigger, setTrigger] = useState<HTMLElement | null>(null);
  const name = reason ? `${label}: ${shown}. ${reason}` : `${label}: ${shown}`;
  return (
    <Menu.Root disabled={isDisabled}>
      <Menu.Trigger
        ref={setTrigger}
        className="choice-menu"
        aria-label={name}
        title={name}
        aria-busy={isBusy}
        disabled={isDisabled}
      >
        <span className="choice-menu-shown">{shown}</span>
        <ChevronDown size={12} aria-hidden="true" />
      </Menu.Trigger>
      <MenuPortal trigger={trigger}>
        <Menu.Positioner className="popup-layer" side="top" sideOffset={4} align="start">
          <Menu.Popup className="popup choice-menu-popup" aria-label={label}>
            <Menu.RadioGroup value={value} onValueChange={(next) => onChoose(next as T)}>
              {choices.map((choice) => (
                <Menu.RadioItem
                  key={choice.value}
                  value={choice.value}
                  className="popup-item choice-menu-item"
                  label={choice.label}
                  disabled={choice.isDisabled ?? false}
                  closeOnClick
                >
                  <Menu.RadioItemIndicator className="choice-menu-check">
                    <Check size={14} aria-hidden="true" />
                  </Menu.RadioItemIndicator>
                  <span className="choice-menu-label">{choice.label}</span>
                  {choice.note && <span className="choice-menu-note">{choice.note}</span>}
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
          </Menu.Popup>
        </Menu.Positioner>
      </MenuPortal>
    </Menu.Root>
  );
}
