import { Button } from '../../ui/button.tsx';
import { useFocusKept } from './use-focus-kept.ts';

type NoteButtonProps = { onPress: () => void; onFocusLost: () => void; children: string };

/** In a line about a message; it goes by itself with what the line says. */
export function NoteButton({ onPress, onFocusLost, children }: NoteButtonProps) {
  const button = useFocusKept<HTMLButtonElement>(onFocusLost);
  return (
    <Button ref={button} size="small" look="quiet" onClick={onPress}>
      {children}
    </Button>
  );
}
