type ComposedKey = Pick<KeyboardEvent, 'isComposing' | 'keyCode'>;
type Key = ComposedKey & Pick<KeyboardEvent, 'key' | 'shiftKey' | 'altKey' | 'ctrlKey' | 'metaKey'>;

/**
 * True for a key that picks or drops an input method's word. Safari ends the composition before the key event and
 * marks that key only with the code 229.
 */
export function isForInputMethod(event: ComposedKey): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** True where Enter means "send". */
export function isSubmitEnter(event: Key): boolean {
  if (event.key !== 'Enter' || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return false;
  return !isForInputMethod(event);
}
