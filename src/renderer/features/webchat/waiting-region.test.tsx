import { act, cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeResizes } from '../../test-support/fake-observers.ts';
import { renderScreen, t } from '../../test-support/render.tsx';
import { localSnapshot } from '../../test-support/snapshot.ts';
import { WaitingRegion } from './waiting-region.tsx';

const box = { scrollHeight: 0, clientHeight: 300, scrollTop: 0 };
let resizes: ReturnType<typeof fakeResizes>;

const region = () => {
  const scroller = screen.getByText('cards').parentElement?.parentElement;
  if (!scroller) throw new Error('nothing that scrolls');
  return scroller;
};
const more = () => screen.queryByRole('button', { name: t('approvals.more') });
const holds = (scrollHeight: number) => {
  box.scrollHeight = scrollHeight;
  act(() => resizes.resized());
};
const scrolledTo = (top: number) => {
  box.scrollTop = Math.max(0, Math.min(top, box.scrollHeight - box.clientHeight));
  act(() => void region().dispatchEvent(new Event('scroll')));
};

beforeEach(() => {
  Object.assign(box, { scrollHeight: 300, clientHeight: 300, scrollTop: 0 });
  resizes = fakeResizes();
  renderScreen(
    <WaitingRegion>
      <p>cards</p>
    </WaitingRegion>,
    localSnapshot,
  );
  for (const name of ['scrollHeight', 'clientHeight', 'scrollTop'] as const) {
    Object.defineProperty(region(), name, { get: () => box[name] });
  }
  region().scrollBy = (options) => {
    if (typeof options === 'object') scrolledTo(box.scrollTop + (options.top ?? 0));
  };
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe('what waits for a person in more room than there is (R8)', () => {
  it('says that there is more below, until somebody has come to the end', () => {
    expect(more()).toBeNull();
    holds(900);
    expect(more()).not.toBeNull();
    scrolledTo(590);
    expect(more()).not.toBeNull();
    scrolledTo(600);
    expect(more()).toBeNull();
    holds(1300);
    expect(more()).not.toBeNull();
    holds(280);
    expect(more()).toBeNull();
  });

  it('goes on by a press, and keeps the focus when the end is there', async () => {
    holds(760);
    await userEvent.click(screen.getByRole('button', { name: t('approvals.more') }));
    expect(box.scrollTop).toBe(240);
    expect(more()).toBe(document.activeElement);
    await userEvent.click(screen.getByRole('button', { name: t('approvals.more') }));
    expect(box.scrollTop).toBe(460);
    expect(more()).toBeNull();
    expect(document.activeElement).toBe(region());
  });
});
