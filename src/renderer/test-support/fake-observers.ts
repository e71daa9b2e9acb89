import { vi } from 'vitest';

/** jsdom lays nothing out: the test says when something was resized. */
export function fakeResizes() {
  const fake: { resized(): void } = { resized() {} };
  vi.stubGlobal(
    'ResizeObserver',
    class {
      constructor(heard: () => void) {
        fake.resized = heard;
      }
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  return fake;
}
