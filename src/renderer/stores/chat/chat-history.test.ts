import { describe, expect, it } from 'vitest';
import {
  assistant,
  chat,
  delta,
  event,
  history,
  key,
  loaded,
  play,
  row,
  seen,
  start,
  submit,
} from '../../test-support/chat-script.ts';
import { activeRuns, createChatModel } from './chat-state.ts';
import { chatRows } from './row-reader.ts';

describe('recovery', () => {
  const question = row('user', 'slow?', 'k1');
  const streaming = play(
    start,
    loaded([]),
    event('session.message', { sessionKey: key, message: question }),
    delta('k1', 5, 'one two'),
  );

  it('adopts the run in flight and goes on streaming into it', () => {
    const back = play(
      streaming,
      { type: 'disconnected' },
      { type: 'connected' },
      loaded([question], { inFlightRun: { runId: 'k1', text: 'one two three' } }),
    );
    expect(seen(back)).toEqual(['you: slow?', 'it: one two three (working)']);
    expect(seen(play(back, delta('k1', 9, 'one two three four')))[1]).toBe(
      'it: one two three four (working)',
    );
  });

  it('knows the last question that nothing answers any more', () => {
    const quiet = { sessionInfo: { key, activeRunIds: [] } };
    const unansweredIn = (...events: Parameters<typeof play>[1][]) =>
      play(createChatModel('main'), ...events).unansweredId;
    const id = play(start, loaded([question])).projection.entries[0]?.identity?.id;
    expect(id).toBeTruthy();
    expect(unansweredIn(loaded([question], quiet))).toBe(id);
    const busy = { sessionInfo: { key, activeRunIds: ['k1'] } };
    expect(unansweredIn(loaded([question], busy))).toBeNull();
    expect(unansweredIn(loaded([question, row('assistant', 'yes', 'k1')], quiet))).toBeNull();
    expect(unansweredIn(loaded([question], quiet), loaded([question], busy))).toBeNull();
    // What this page has heard of its end, the answer's own row says.
    expect(unansweredIn(chat('k1', { seq: 1, state: 'aborted' }), loaded([question], quiet))).toBeNull();
  });

  it('adopts it even before it has said anything', () => {
    const back = play(
      start,
      { type: 'connected' },
      loaded([question], { inFlightRun: { runId: 'k1', text: '' } }),
    );
    expect(seen(back)).toEqual(['you: slow?', 'it:  (working)']);
  });

  it('shows a message that the Gateway holds back, as long as it does', () => {
    const held = (state: string) => ({
      pendingInputs: { items: [{ runId: 'k5', state, message: { role: 'user', content: 'later' } }] },
    });
    const waiting = play(start, loaded([question], held('queued')));
    expect(seen(waiting)).toEqual(['you: slow?', 'you: later']);
    expect(seen(play(waiting, loaded([question], held('cancelled'))))).toEqual(['you: slow?']);
    expect(seen(play(waiting, loaded([question, row('user', 'later', 'k5')])))).toEqual([
      'you: slow?',
      'you: later',
    ]);
  });

  it('never goes back to less text than was already there', () => {
    const back = play(streaming, loaded([question], { inFlightRun: { runId: 'k1', text: 'one' } }));
    expect(seen(back)[1]).toBe('it: one two (working)');
  });

  it('shows the whole answer once when the run ended while the page was away', () => {
    const back = play(
      streaming,
      { type: 'disconnected' },
      { type: 'connected' },
      loaded([question, row('assistant', 'one two three', 'k1')]),
    );
    expect(seen(back)).toEqual(['you: slow?', 'it: one two three (done)']);
    expect(activeRuns(back)).toEqual([]);
  });

  it('does not lose a row that arrived between subscribing and an older history', () => {
    const model = play(
      start,
      { type: 'connected' },
      event('session.message', { sessionKey: key, message: row('user', 'new', 'k9') }),
      loaded([question]),
    );
    expect(seen(model)).toEqual(['you: slow?', 'you: new']);
  });

  it('drops rows of an earlier connection that history no longer has', () => {
    const model = play(
      start,
      { type: 'connected' },
      event('session.message', { sessionKey: key, message: row('user', 'gone', 'k9') }),
      { type: 'disconnected' },
      { type: 'connected' },
      loaded([question]),
    );
    expect(seen(model)).toEqual(['you: slow?']);
  });

  it('never replaces a longer transcript by a shorter page of it', () => {
    const rows = ['a', 'b', 'c', 'd'].map((text) => row('user', text, `run-${text}`));
    const long = play(start, loaded(rows.slice(2), { hasMore: true, nextOffset: 2 }), {
      type: 'earlierLoaded',
      history: history(rows.slice(0, 2)),
    });
    expect(seen(long)).toEqual(['you: a', 'you: b', 'you: c', 'you: d']);
    expect(long.earlierOffset).toBeNull();
    const reloaded = play(
      long,
      { type: 'connected' },
      loaded(rows.slice(2), { hasMore: true, nextOffset: 2 }),
    );
    expect(seen(reloaded)).toEqual(['you: a', 'you: b', 'you: c', 'you: d']);
  });

  it('shows another session as another, but keeps what is still to be sent', () => {
    const model = play(start, loaded([question]), submit('k7', 'waiting'), {
      type: 'historyLoaded',
      history: history([row('user', 'fresh', 'k8')], { sessionId: 's2' }),
      isReconnect: false,
      atMs: 1,
    });
    expect(seen(model)).toEqual(['you: fresh', 'you: waiting (waiting)']);
  });

  it('empties the screen when the session is reset', () => {
    const model = play(streaming, event('sessions.changed', { sessionKey: key, reason: 'reset' }));
    expect(seen(model)).toEqual([]);
    expect(activeRuns(model)).toEqual([]);
  });

  it('knows the main session by its alias before the Gateway named it', () => {
    const model = play(createChatModel('main'), delta('k1', 1, 'hi'));
    expect(seen(model)).toEqual(['it: hi (working)']);
  });
});

describe('rows of history', () => {
  it('joins the rows of one run, its tools and its text', () => {
    const model = play(
      start,
      loaded([
        row('user', 'look', 'k1'),
        row('assistant', 'Let me look.', 'k1'),
        {
          role: 'assistant',
          content: [{ type: 'toolCall', id: 't1', name: 'ls' }],
          __openclaw: { id: 'x1', seq: 501, runId: 'k1' },
        },
        {
          role: 'toolResult',
          toolCallId: 't1',
          content: [],
          __openclaw: { id: 'x2', seq: 502, runId: 'k1' },
        },
        row('assistant', 'It is there.', 'k1'),
      ]),
    );
    expect(seen(model)).toEqual(['you: look', 'it: Let me look. [tool] It is there. (done)']);
  });

  it('shows a call that a tool made as a call, with its result, and not as a failure (R8)', () => {
    const about = { runId: 'k1', parentToolCallId: 't1' };
    const nested = {
      role: 'custom',
      customType: 'openclaw.nested-tool.v1',
      content: [
        { type: 'toolCall', id: 'n1', name: 'pics__shot', arguments: { page: 1 }, ...about },
        {
          type: 'toolResult',
          role: 'toolResult',
          toolCallId: 'n1',
          isError: true,
          content: [
            { type: 'text', text: 'no page' },
            { type: 'image', mimeType: 'image/png', bytes: 9, omitted: true },
          ],
          ...about,
        },
      ],
      __openclaw: { id: 'x2', seq: 502, runId: 'k1' },
    };
    const unknown = {
      ...nested,
      customType: 'hook',
      content: 'noted',
      __openclaw: { id: 'x3', seq: 503, runId: 'k1' },
    };
    const model = play(
      start,
      loaded([
        {
          role: 'assistant',
          content: [{ type: 'toolCall', id: 't1', name: 'tool_call' }],
          __openclaw: { id: 'x1', seq: 501, runId: 'k1' },
        },
        nested,
        unknown,
        { ...row('assistant', 'It is there.', 'k1') },
      ]),
    );
    expect(seen(model)).toEqual(['it: [tool] [tool] It is there. (done)']);
    expect(chatRows(model)[0]).toMatchObject({
      segments: [
        { tool: { name: 'tool_call' } },
        {
          tool: {
            name: 'pics__shot',
            status: 'failed',
            detail: { args: { page: 1 }, output: 'no page', media: [{ kind: 'unsent', bytes: 9 }] },
          },
        },
        { kind: 'text' },
      ],
    });
  });

  it('shows a stopped run, a failed one and a reset', () => {
    const model = play(
      start,
      loaded([
        {
          role: 'system',
          content: [{ type: 'text', text: 'Reset' }],
          __openclaw: { kind: 'reset', id: 'r', seq: 600 },
        },
        { ...row('assistant', 'half', 'k1'), openclawAbort: { aborted: true } },
        {
          role: 'custom',
          customType: 'run-failed-before-reply',
          content: 'Agent failed before reply: no key',
          __openclaw: { id: 'f', seq: 700, runId: 'k2' },
        },
      ]),
    );
    expect(seen(model)).toEqual(['reset', 'it: half (stopped)', 'failed: no key']);
  });

  it('what a stopped run had said is an answer, although the Gateway wrote it itself', () => {
    const half = {
      ...row('assistant', 'half', 'k1'),
      model: 'gateway-injected',
      openclawAbort: { aborted: true },
    };
    const note = { ...assistant('hello'), model: 'gateway-injected', __openclaw: { id: 'n1', seq: 800 } };
    expect(chatRows(play(start, loaded([half, note])))).toMatchObject([
      { isInjected: false, model: null, status: 'stopped' },
      { isInjected: true, status: 'done' },
    ]);
  });

  it('shows an injected note once', () => {
    const note = { ...assistant('[Note]\n\nhello'), __openclaw: { id: 'n1', seq: 800 } };
    const model = play(
      start,
      loaded([]),
      chat('inject-n1', { seq: 0, state: 'final', message: assistant('[Note]\n\nhello') }),
      event('session.message', { sessionKey: key, message: note }),
    );
    expect(seen(model)).toEqual(['it: [Note]\n\nhello (done)']);
  });
});
