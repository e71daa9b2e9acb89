import { act, cleanup, render, screen } from '@testing-library/react';
import { useRef } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeResizes } from '../../test-support/fake-observers.ts';
import { useBottom } from './use-bottom.ts';

/** jsdom lays nothing out: the test says how tall things are, and plays the browser that scrolls. */
const box = { scrollHeight: 1000, clientHeight: 400, scrollTop: 0 };
const end = () => box.scrollHeight - box.clientHeight;
let resizes: ReturnType<typeof fakeResizes>;
let acts: ReturnType<typeof useBottom>;

function List() {
  const scrollRef = useRef<HTMLDivElement>(null);
  const contentRef = useRef<HTMLDivElement>(null);
  acts = useBottom({ scrollRef, contentRef });
  return (
    <div role="log" ref={scrollRef}>
      <div ref={contentRef}>{acts.isAtBottom ? 'at the end' : 'further up'}</div>
    </div>
  );
}

beforeEach(() => {
  Object.assign(box, { scrollHeight: 1000, clientHeight: 400, scrollTop: 0 });
  vi.useFakeTimers();
  resizes = fakeResizes();
  render(<List />);
  const log = screen.getByRole('log');
  for (const name of ['scrollHeight', 'clientHeight'] as const) {
    Object.defineProperty(log, name, { get: () => box[name] });
  }
  Object.defineProperty(log, 'scrollTop', {
    get: () => box.scrollTop,
    set: (top: number) => {
      box.scrollTop = Math.max(0, Math.min(top, end()));
    },
  });
  grow(0);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function fire(event: Event) {
  act(() => void screen.getByRole('log').dispatchEvent(event));
}

function grow(by: number) {
  box.scrollHeight += by;
  act(() => acts.follow());
}

function scrollTo(top: number) {
  box.scrollTop = top;
  fire(new Event('scroll'));
}

describe('the end of the conversation (R8)', () => {
  it('stays in view while the answer grows, and when the window gets smaller', () => {
    grow(300);
    expect(box.scrollTop).toBe(900);
    box.clientHeight = 300;
    act(() => resizes.resized());
    expect(box.scrollTop).toBe(1000);
    expect(screen.getByText('at the end')).toBeTruthy();
  });

  it('is left by scrolling up, and nothing pulls back to it until somebody goes there', () => {
    scrollTo(200);
    grow(300);
    expect(box.scrollTop).toBe(200);
    expect(screen.getByText('further up')).toBeTruthy();
    scrollTo(end() - 50);
    expect(screen.getByText('at the end')).toBeTruthy();
    grow(300);
    expect(box.scrollTop).toBe(end());
    scrollTo(end() - 50);
    expect(screen.getByText('at the end')).toBeTruthy();
    grow(300);
    expect(screen.getByText('further up')).toBeTruthy();
    scrollTo(0);
    act(() => acts.jumpToBottom());
    expect(box.scrollTop).toBe(end());
    expect(screen.getByText('at the end')).toBeTruthy();
  });

  it('is left for a row that was found, whatever the browser tells of it before the view is there', () => {
    act(() => acts.leave());
    scrollTo(end());
    grow(300);
    expect(box.scrollTop).toBe(600);
    scrollTo(100);
    grow(300);
    expect(box.scrollTop).toBe(100);
    scrollTo(end());
    grow(300);
    expect(box.scrollTop).toBe(end());
  });

  it('is not left when what is above shrinks, or when the window grows', () => {
    box.scrollHeight = 800;
    scrollTo(end());
    grow(100);
    expect(box.scrollTop).toBe(end());
    box.clientHeight = 600;
    scrollTo(end());
    grow(100);
    expect(box.scrollTop).toBe(end());
  });

  it('is taken again where nothing else is left', () => {
    scrollTo(0);
    box.scrollHeight = 300;
    act(() => resizes.resized());
    expect(screen.getByText('at the end')).toBeTruthy();
    grow(700);
    expect(box.scrollTop).toBe(end());
  });

  it('gives way to a wheel that turns up, before the view has moved', () => {
    fire(new WheelEvent('wheel', { deltaY: -100 }));
    grow(300);
    expect(box.scrollTop).toBe(600);
    // It turned over a code block that scrolls by itself.
    act(() => void vi.advanceTimersByTime(1000));
    expect(box.scrollTop).toBe(end());
  });

  it('waits for somebody who marks text with the pointer', () => {
    const selection = vi.spyOn(document, 'getSelection');
    selection.mockReturnValue({ isCollapsed: false } as Selection);
    fire(new MouseEvent('pointerdown', { button: 0 }));
    grow(300);
    expect(box.scrollTop).toBe(600);
    act(() => void window.dispatchEvent(new Event('pointerup')));
    expect(box.scrollTop).toBe(end());
    // A menu that opens on the marked text may keep the end of the press to itself.
    fire(new MouseEvent('pointerdown', { button: 0 }));
    grow(300);
    act(() => acts.jumpToBottom());
    expect(box.scrollTop).toBe(end());
    selection.mockRestore();
  });
});
