/**
 * The mark: a chela, the claw of a crustacean. Path data on a 16 × 16 grid, filled, with a thin stroke of the same
 * colour that rounds the corners. The same drawings as `resources/mark/*.svg`, from which the icons are made.
 */
export const MARK_GRID = 16;
export const MARK_STROKE = 0.75;

/** Disconnected: the fingers stand apart. */
export const MARK_OPEN = [
  'M3.93 10.45C2.16 6.05 4.73 1.54 8.69 .73C9.86 .5 10.86 .61 11.88 .98C9.73 2.82 8.39 4.85 8.02 7.46C10.21 7.59 12.41 7.01 14.31 5.32C15.08 9.61 11.75 13.86 6.49 12.61z',
  'M2.91 11.67L5.48 13.82L4.44 15.49L1.44 12.98z',
] as const;

/** Connected: the fingers are closed. */
export const MARK_CLOSED = [
  'M3.93 10.45C2.16 6.05 4.73 1.54 8.83 .85C10.46 .64 12.02 1.1 13.57 2.15C10.87 3.05 8.86 5.01 7.66 7.88C9.69 6.19 11.84 5.08 14.51 4.64C15.57 9.17 11.62 13.87 6.49 12.61z',
  'M2.91 11.67L5.48 13.82L4.44 15.49L1.44 12.98z',
] as const;

/** Attention: the closed claw, smaller, which leaves a corner free for the dot. */
export const MARK_ATTENTION = [
  'M3.38 8.68C1.85 4.89 4.07 1.01 7.59 .42C9 .24 10.34 .63 11.67 1.54C9.35 2.31 7.62 3.99 6.59 6.47C8.34 5.01 10.18 4.05 12.48 3.68C13.39 7.57 9.99 11.62 5.58 10.53z',
  'M2.5 9.72L4.71 11.57L3.81 13.01L1.24 10.85z',
] as const;

export const MARK_DOT = { cx: 13.4, cy: 13.4, r: 2.2 } as const;
