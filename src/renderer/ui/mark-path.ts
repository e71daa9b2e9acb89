/**
 * The mark: a chela, the claw of a crustacean, seen from the side. Path data on a 16 × 16 grid, drawn as
 * strokes with round caps and joins and no fill. The scripts that make the icons read these same paths.
 */
export const MARK_GRID = 16;

/** Stroke width in grid units; 1.75 keeps it legible where one unit is one pixel. */
export const MARK_STROKE = 1.6;

/** Disconnected: the two fingers stand apart. */
export const MARK_OPEN = [
  'M2 10.4C1 5.4 4.2 1.6 8.4 1.7c2 .1 3.6.9 4.7 2.3L8.4 7.9l6.1.5c-.6 3.4-4.4 5.9-9.1 5.6z',
] as const;

/** Connected: outline and the seam between the closed fingers. */
export const MARK_CLOSED = [
  'M2 10.4C1 5.4 4.2 1.6 8.4 1.7c3.2.1 5.4 2.2 6.2 5.5C13.6 11.4 9.8 14.3 5.4 14z',
  'M14.6 7.2c-2.2-.3-4.4.1-6.2 1.4',
] as const;

/** Attention: the closed claw, smaller, which leaves a corner free for the dot. */
export const MARK_ATTENTION = [
  'M1.82 9.04C.96 4.74 3.71 1.48 7.32 1.56c2.75.09 4.64 1.89 5.33 4.73C11.8 9.9 8.53 12.4 4.74 12.14z',
  'M12.65 6.29c-1.89-.26-3.78.09-5.33 1.2',
] as const;

/** Filled, without a stroke. */
export const MARK_DOT = { cx: 13.5, cy: 13.5, r: 2 } as const;
