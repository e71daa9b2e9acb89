import { describe, expect, it } from 'vitest';
import { createChatModel } from '../../stores/chat/chat-state.ts';
import { chatRows } from '../../stores/chat/row-reader.ts';
import { timedRowBefore } from '../../stores/chat/rows.ts';
import { loaded, play } from '../../test-support/chat-script.ts';
import { renderScreen, t } from '../../test-support/render.tsx';
import { localSnapshot } from '../../test-support/snapshot.ts';
import { ConversationRow } from './conversation-row.tsx';

const day = 24 * 60 * 60 * 1000;
const noon = new Date().setHours(12, 0, 0, 0);
let seq = 0;
const row = (timestamp: number | undefined, more: object, facts: object = {}) => {
  seq += 1;
  const __openclaw = { id: `m${seq}`, seq, ...facts };
  return { ...(timestamp !== undefined && { timestamp }), __openclaw, ...more };
};
const said = (atMs: number, content: string) => row(atMs, { role: 'user', content });
const note = (atMs?: number) => row(atMs, { role: 'system', content: 'Model changed' });
const reset = (atMs?: number) => row(atMs, { role: 'system', content: 'Reset' }, { kind: 'reset' });
const failure = (atMs?: number) =>
  row(
    atMs,
    { role: 'custom', customType: 'run-failed-before-reply', content: 'no key' },
    { runId: `f${seq}` },
  );

/** All rows: in jsdom, which has no layout, the list itself draws only the last. */
function draw(messages: unknown[]) {
  const rows = chatRows(play(createChatModel('agent:main:main'), loaded(messages)));
  renderScreen(
    rows.map((shown, at) => (
      <div key={shown.key} className="conversation-row">
        <ConversationRow
          row={shown}
          previous={timedRowBefore(rows, at)}
          question={null}
          isUnanswered={false}
          onOpenLink={() => false}
          onFocusLost={() => undefined}
        />
      </div>
    )),
    localSnapshot,
  );
}

/** The lines between rows, and which rows they stand between, in their order. */
const lines = () =>
  [...document.querySelectorAll('.conversation-row > *')].map(
    (element) => `${element.classList[0]}${element.matches('.divider') ? `: ${element.textContent}` : ''}`,
  );
const mark = (key: 'today' | 'yesterday') => `divider: ${t(`chat.day.${key}`)}`;
const times = () => [...document.querySelectorAll('.row-time')].map((time) => time.textContent);
const clock = (atMs: number) =>
  new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' }).format(atMs);

describe('the days of a conversation (R8)', () => {
  it.each([
    ['a failure', failure, 'run-failure'],
    ['a note', note, 'gateway-note'],
  ])('are marked once, whatever stands last in them: %s', (_, rowOf, name) => {
    draw([said(noon - day, 'a'), rowOf(noon - day), said(noon - day, 'b'), rowOf(noon), said(noon, 'c')]);
    expect(lines()).toEqual([mark('yesterday'), 'message', name, 'message', mark('today'), name, 'message']);
  });

  it('go on over rows whose time nobody knows', () => {
    draw([said(noon - day, 'a'), note(), reset(), said(noon - day, 'b'), failure(), said(noon, 'c')]);
    expect(lines()).toEqual([
      mark('yesterday'),
      'message',
      'gateway-note',
      `divider: ${t('chat.reset')} `,
      'message',
      'run-failure',
      mark('today'),
      'message',
    ]);
    expect(times()).toEqual([]);
  });
});

describe('failures, resets and notes (R8)', () => {
  it('say when they were', () => {
    const at = [noon, noon + 60_000, noon + 120_000];
    draw([note(at[0]), reset(at[1]), failure(at[2])]);
    expect(times()).toEqual(at.map(clock));
    expect(lines()).toEqual([
      'gateway-note',
      `divider: ${t('chat.reset')} ${clock(noon + 60_000)}`,
      'run-failure',
    ]);
  });
});
