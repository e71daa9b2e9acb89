/** For an element that scrolls: it has to be reachable by keyboard, which not every browser sees to. */
export const scrollable = { tabIndex: 0 } as const;
