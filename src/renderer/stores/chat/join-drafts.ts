/** All that was written, one after the other. */
export function joinDrafts(...texts: readonly (string | undefined)[]): string {
  return texts.filter((text) => text?.trim()).join('\n\n');
}
