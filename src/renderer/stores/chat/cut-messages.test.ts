import { describe, expect, it } from 'vitest';
import {
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
import { keepLonger } from './cut-messages.ts';
import { chatRows } from './row-reader.ts';

type Row = Record<string, unknown>;
const metadata = (of: Row) => of.__openclaw as Row;
const words = (count: number) => 'many words '.repeat(count);

/** As openclaw 2026.9.6 has it in history: without its text, its run and its model. */
const omitted = (of: Row): Row => {
  const { id, seq } = metadata(of);
  return {
    role: of.role,
    timestamp: of.timestamp,
    content: [{ type: 'text', text: '[chat.history omitted: message too large]' }],
    __openclaw: { id, seq, idempotencyKey: of.idempotencyKey, truncated: true, reason: 'oversized' },
  };
};

/** As its events have it. */
const shortened = (of: Row, text: string): Row => {
  const shorter = `${text}\n...(truncated)...`;
  return {
    ...of,
    content: typeof of.content === 'string' ? shorter : [{ type: 'text', text: shorter }],
    __openclaw: { ...metadata(of), truncated: true, reason: 'display-cap' },
  };
};

const heard = (message: Row) => event('session.message', { sessionKey: key, message });
const idOf = (of: Row) => String(metadata(of).id);
const cutIn = (model: typeof start) => chatRows(model).flatMap((shown) => ('cut' in shown ? shown.cut : []));
const wholeRead = (id: string, message: object) => ({ type: 'wholeRead', id, message }) as const;

const question = row('user', words(3), 'r1');
const answer = row('assistant', words(2), 'r1');

describe('a message that history leaves out (R8)', () => {
  it('stays where the page knows it', () => {
    const known = play(start, loaded([question, answer]));
    const again = play(known, loaded([omitted(question), omitted(answer)]));
    expect(seen(again)).toEqual(seen(known));
    expect(cutIn(again)).toEqual([]);
  });

  it('says nothing in the words of the Gateway, and which message it is', () => {
    const model = play(start, loaded([omitted(question), omitted(answer)]));
    expect(seen(model)).toEqual(['you: ', 'it:  (done)']);
    expect(cutIn(model)).toEqual([idOf(question), idOf(answer)]);
  });

  it('takes its place, and its run, when it was read on its own', () => {
    const model = play(
      start,
      loaded([omitted(question), omitted(answer), row('user', 'next', 'r2')]),
      wholeRead(idOf(answer), answer),
      wholeRead(idOf(question), { ...question, __openclaw: { id: idOf(question) } }),
    );
    expect(seen(model)).toEqual([`you: ${words(3)}`, `it: ${words(2)} (done)`, 'you: next']);
    expect(cutIn(model)).toEqual([]);
    expect(chatRows(model)[1]?.key).toBe('run:r1');
    expect(play(model, loaded([omitted(question), omitted(answer)])).projection.messages).toHaveLength(2);
  });

  it('is no longer asked for where the Gateway gives no more of it', () => {
    const model = play(start, loaded([omitted(answer)]), wholeRead(idOf(answer), omitted(answer)));
    expect(model.wholes).toEqual({ [idOf(answer)]: { tag: 'unavailable' } });
    expect(play(model, { type: 'disconnected' }).wholes).toEqual({});
  });

  it('comes from what the last page kept, even when that is read after history', () => {
    const cached = { sessionId: 's1', messages: [question, answer], hasEarlier: false };
    const model = play(start, loaded([omitted(question), omitted(answer)]), { type: 'cacheLoaded', cached });
    expect(seen(model)).toEqual([`you: ${words(3)}`, `it: ${words(2)} (done)`]);
    const other = { ...cached, sessionId: 'another' };
    const kept = play(start, loaded([omitted(question)]), { type: 'cacheLoaded', cached: other });
    expect(seen(kept)).toEqual(['you: ']);
  });

  it('does not take the place of what was streamed', () => {
    const model = play(
      start,
      loaded([question]),
      event('chat', { sessionKey: key, runId: 'r1', state: 'final', message: answer }),
      heard(shortened(answer, 'many')),
      loaded([question, omitted(answer)]),
    );
    expect(seen(model)).toEqual([`you: ${words(3)}`, `it: ${words(2)} (done)`]);
  });

  it('belongs to its run, as another row of the same message says', () => {
    const calls = { ...answer, content: [{ type: 'toolCall', id: 'c', name: 'exec', arguments: {} }] };
    const model = play(start, loaded([question, omitted(answer), calls]));
    expect(seen(model)).toEqual([`you: ${words(3)}`, 'it: [tool] (done)']);
    expect(cutIn(model)).toEqual([idOf(answer)]);
  });
});

describe('a message that an event cuts (R8)', () => {
  const waiting = play(start, loaded([]), submit('r1', words(3)));

  it('leaves a question as it was sent', () => {
    const model = play(waiting, heard(shortened(question, 'many words ')));
    expect(seen(model)).toEqual([`you: ${words(3)}`]);
    expect(cutIn(model)).toEqual([]);
    expect(model.outbox).toEqual([]);
  });

  it('shows the beginning of what somebody else said, without the mark of the cut', () => {
    const model = play(start, loaded([]), heard(shortened(question, 'many')));
    expect(seen(model)).toEqual(['you: many']);
    expect(cutIn(model)).toEqual([idOf(question)]);
  });

  it('stays the longer one when history leaves it out, until it is read', () => {
    const model = play(start, loaded([]), heard(shortened(question, 'many')), loaded([omitted(question)]));
    expect(seen(model)).toEqual(['you: many']);
    expect(seen(play(model, wholeRead(idOf(question), question)))).toEqual([`you: ${words(3)}`]);
  });

  it('does not take the place of one that is whole', () => {
    const model = play(start, loaded([question, answer]), heard(shortened(answer, 'many')));
    expect(seen(model)).toEqual([`you: ${words(3)}`, `it: ${words(2)} (done)`]);
  });
});

it('R8: rows that came whole are what they were', () => {
  const { messages } = history([question, answer]);
  expect(keepLonger(messages, [omitted(question)])).toBe(messages);
});
