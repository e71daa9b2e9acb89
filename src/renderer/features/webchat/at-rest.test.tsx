import { act, render, screen } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { RestContext, useIsSettled, useRest } from './at-rest.ts';

type Acts = Pick<ReturnType<typeof useRest>, 'onMoved' | 'onRested'>;

function Row({ name }: { name: string }) {
  return <p>{useIsSettled() ? `${name} with its buttons` : name}</p>;
}

function List({ names, take }: { names: readonly string[]; take: (acts: Acts) => void }) {
  const { rest, hasRested, ...acts } = useRest(names.length === 0);
  take(acts);
  return (
    <RestContext value={rest}>
      {hasRested && <p>and more beyond the window</p>}
      {names.map((name) => (
        <Row key={name} name={name} />
      ))}
    </RestContext>
  );
}

it('R8: a row that comes in while the list moves gets its buttons when it rests; those that have them keep them', () => {
  vi.useFakeTimers();
  try {
    let acts: Acts | undefined;
    const list = (...names: string[]) => (
      <List
        names={names}
        take={(given) => {
          acts = given;
        }}
      />
    );
    const { rerender } = render(list());
    act(() => void vi.advanceTimersByTime(200));
    rerender(list('first'));
    expect(screen.queryByText('and more beyond the window')).toBeNull();
    expect(screen.getByText('first')).toBeTruthy();
    act(() => void vi.advanceTimersByTime(200));
    expect(screen.getByText('first with its buttons')).toBeTruthy();
    expect(screen.getByText('and more beyond the window')).toBeTruthy();

    act(() => acts?.onMoved());
    rerender(list('first', 'second'));
    expect(screen.getByText('first with its buttons')).toBeTruthy();
    expect(screen.getByText('second')).toBeTruthy();

    act(() => acts?.onRested());
    expect(screen.getByText('second with its buttons')).toBeTruthy();
    rerender(list('first', 'second', 'third'));
    expect(screen.getByText('third with its buttons')).toBeTruthy();
  } finally {
    vi.useRealTimers();
  }
});
