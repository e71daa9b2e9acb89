/** Runs it when the next frame is drawn: what that frame made of the page is measured by then. */
export function afterFrame(act: () => void): void {
  requestAnimationFrame(() => setTimeout(act));
}
