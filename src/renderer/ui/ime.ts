type SubmitEvent = {
  key: string;
  shiftKey: boolean;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  nativeEvent: ComposedKey;
};
type ComposedKey = Pick<KeyboardEvent, 'isComposing' | 'keyCode'>;

/**
 * True for a key that picks or drops an input method's word. Safari ends the composition before the key event and
 * marks that key only with the code 229.
 */
export function isForInputMethod(event: ComposedKey): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** True where Enter means "send". */
export function isSubmitEnter(event: SubmitEvent): boolean {
  if (event.key !== 'Enter' || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return false;
  return !isForInputMethod(event.nativeEvent);
}
