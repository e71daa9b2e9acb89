import { type MarkShape, markPaths } from '../../ui/mark.tsx';
import { MARK_DOT, MARK_GRID, MARK_STROKE } from '../../ui/mark-path.ts';

/** Mid-tone, so that it is seen on light and on dark tabs. */
const ink = '#d0583c';

/** The mark as a `data:` address for the tab. */
export function faviconOf(shape: MarkShape): string {
  const paths = markPaths[shape].map((path) => `<path d="${path}"/>`).join('');
  const { cx, cy, r } = MARK_DOT;
  const dot = shape === 'attention' ? `<circle cx="${cx}" cy="${cy}" r="${r}" stroke="none"/>` : '';
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${MARK_GRID} ${MARK_GRID}" fill="${ink}" stroke="${ink}" ` +
    `stroke-width="${MARK_STROKE}" stroke-linejoin="round">${paths}${dot}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
