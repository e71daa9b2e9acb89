import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AssistantRow, ChatRow } from '../../stores/chat/rows.ts';
import { createRowsReader } from './read-rows-ahead.ts';

const answer = (text: string, status: AssistantRow['status'] = 'done'): AssistantRow => ({
  kind: 'assistant',
  key: text,
  runId: null,
  atMs: null,
  segments: [{ kind: 'text', text }],
  status,
  activity: null,
});

describe('rows read ahead of scrolling (R8)', () => {
  let idle: IdleRequestCallback | null = null;

  beforeEach(() => {
    idle = null;
    vi.stubGlobal('requestIdleCallback', (run: IdleRequestCallback) => {
      idle = run;
      return 1;
    });
    vi.stubGlobal('cancelIdleCallback', () => {
      idle = null;
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  /** An idle time in which so many rows can be read. */
  function idleFor(count: number) {
    const run = idle;
    idle = null;
    let left = count;
    run?.({ didTimeout: false, timeRemaining: () => (left-- > 0 ? 50 : 0) });
  }

  function reader(rows: readonly ChatRow[], at: number) {
    const read: string[] = [];
    return {
      read,
      ...createRowsReader({ near: () => ({ rows, at }), read: (text) => void read.push(text) }),
    };
  }

  it('come nearest first, each once, as far as the time goes', () => {
    const { read, start } = reader(
      ['a', 'b', 'c', 'd', 'e'].map((text) => answer(text)),
      2,
    );
    start();
    idleFor(3);
    expect(read).toEqual(['c', 'b', 'd']);
    idleFor(10);
    expect(read).toEqual(['c', 'b', 'd', 'a', 'e']);
    start();
    idleFor(10);
    expect(read).toHaveLength(5);
    expect(idle).toBeNull();
  });

  it('leave out what is still being written, and what is too long to be read unasked', () => {
    const { read, start } = reader([answer('x'.repeat(20_001)), answer('now', 'working'), answer('done')], 0);
    start();
    idleFor(10);
    expect(read).toEqual(['done']);
  });

  it('stop', () => {
    const { read, start, stop } = reader([answer('a')], 0);
    start();
    stop();
    idleFor(10);
    expect(read).toEqual([]);
  });
});
