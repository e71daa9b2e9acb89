import { afterFrame } from './ui/after-frame.ts';

/** Nobody reads faster. */
const minRestMs = 50;
const maxRestMs = 500;
/** A hidden page has no frames; its state still moves on, at leisure. */
const hiddenRestMs = 250;

/**
 * Runs what is to be drawn after a rest five times as long as the last drawing and its frame worked:
 * a slow computer draws less often, and typing has the time in between.
 */
export function createPace(): (draw: () => void) => void {
  let restMs = minRestMs;

  function timed(draw: () => void) {
    const startedAt = performance.now();
    draw();
    // React draws in a microtask, which it has asked for by now. Waiting for the frame after it is no work.
    queueMicrotask(() => {
      const drawMs = performance.now() - startedAt;
      afterFrame((frameMs) => {
        restMs = Math.min(maxRestMs, Math.max(minRestMs, 5 * (drawMs + frameMs)));
      });
    });
  }

  return (draw) => {
    if (document.hidden) setTimeout(draw, hiddenRestMs);
    else setTimeout(() => timed(draw), restMs);
  };
}
