/** Shown in a frame, it hands what the page has kept at its address to the page around it. */
export const HAND_OVER_PAGE = '/hand-over.html';
