/** Nobody reads faster. */
const minRestMs = 50;
const maxRestMs = 500;
/** A hidden page has no frames; its state still moves on, at leisure. */
const hiddenRestMs = 250;

/**
 * Runs what is to be drawn after a rest four times as long as the last drawing worked, until it was on the screen:
 * a slow computer draws less often, and typing has the time in between.
 */
export function createPace(): (draw: () => void) => void {
  let restMs = minRestMs;

  function timed(draw: () => void) {
    const worked = stopwatch();
    draw();
    // React draws in a microtask, which it has asked for by now.
    queueMicrotask(() => {
      const drawnMs = worked();
      // Waiting for the frame is no work; what the frame makes of the page is.
      requestAnimationFrame(() => {
        const framed = stopwatch();
        setTimeout(() => {
          restMs = Math.min(maxRestMs, Math.max(minRestMs, 4 * (drawnMs + framed())));
        });
      });
    });
  }

  return (draw) => {
    if (document.hidden) setTimeout(draw, hiddenRestMs);
    else setTimeout(() => timed(draw), restMs);
  };
}

/** Milliseconds since now. */
function stopwatch(): () => number {
  const startedAt = performance.now();
  return () => performance.now() - startedAt;
}
