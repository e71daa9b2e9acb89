import { afterFrame } from './ui/after-frame.ts';

/** Nobody reads faster. */
const minRestMs = 50;
const maxRestMs = 500;
/** A hidden page has no frames; its state still moves on, at leisure. */
const hiddenRestMs = 250;

/**
 * Runs what is to be drawn after a rest three times as long as the last drawing took until it was on the screen:
 * a slow computer draws less often, and typing has the time in between.
 */
export function createPace(): (draw: () => void) => void {
  let restMs = minRestMs;

  function timed(draw: () => void) {
    const startedAt = performance.now();
    draw();
    afterFrame(() => {
      const took = performance.now() - startedAt;
      restMs = Math.min(maxRestMs, Math.max(minRestMs, 3 * took));
    });
  }

  return (draw) => {
    if (document.hidden) setTimeout(draw, hiddenRestMs);
    else setTimeout(() => timed(draw), restMs);
  };
}
