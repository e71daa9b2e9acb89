type EnterEvent = {
  key: string;
  shiftKey: boolean;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  keyCode: number;
  nativeEvent: { isComposing: boolean };
};

/**
 * True where Enter means "send". While an input method composes, Enter picks a candidate; Safari ends the
 * composition before the key event and marks that key only with the code 229.
 */
export function isSubmitEnter(event: EnterEvent): boolean {
  if (event.key !== 'Enter' || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return false;
  return !event.nativeEvent.isComposing && event.keyCode !== 229;
}
