/**
 * Runs it when the next frame is drawn: what that frame made of the page is measured by then. `frameMs`: how long the
 * frame was worked on.
 */
export function afterFrame(act: (frameMs: number) => void): void {
  requestAnimationFrame(() => {
    const startedAt = performance.now();
    setTimeout(() => act(performance.now() - startedAt));
  });
}
