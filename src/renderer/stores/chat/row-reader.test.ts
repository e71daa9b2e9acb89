import { describe, expect, it } from 'vitest';
import {
  assistant,
  chat,
  delta,
  history,
  loaded,
  play,
  row,
  submit,
} from '../../test-support/chat-script.ts';
import { createChatModel } from './chat-state.ts';
import { chatRows, createRowReader } from './row-reader.ts';

const messages = [row('user', 'first', 'r1'), row('assistant', 'one', 'r1'), row('user', 'second', 'r2')];
const opened = play(createChatModel('agent:main:main'), loaded(messages));

describe('rows of a conversation that goes on (R8)', () => {
  it('are the same objects while another run streams, and the list is one where nothing changed', () => {
    const read = createRowReader();
    const before = read(opened);
    const streaming = play(opened, delta('r2', 1, 'two'));
    const after = read(streaming);
    expect(after.slice(0, before.length)).toEqual(before);
    for (const [at, shown] of before.entries()) expect(after[at]).toBe(shown);
    expect(read(streaming)).toBe(after);
    expect(read(play(streaming, chat('r2', { state: 'delta', seq: 1, deltaText: 'again' })))).toBe(after);
  });

  it('are the same objects when a row is written, and when history is read again', () => {
    const read = createRowReader();
    const before = read(opened);
    const more = [...messages, row('assistant', 'two', 'r2')];
    const copied = history(structuredClone(more)).messages;
    const after = read(play(opened, loaded(copied)));
    expect(after).toHaveLength(before.length + 1);
    for (const [at, shown] of before.entries()) expect(after[at]).toBe(shown);
  });

  it('say that a message is held, and no longer when the run before it is over', () => {
    const read = createRowReader();
    const busy = play(opened, delta('r2', 1, 'two'), submit('k3'), {
      type: 'sendAccepted',
      idempotencyKey: 'k3',
      status: 'started',
      atMs: 1,
    });
    read(busy);
    const held = play(busy, chat('k3', { seq: 1, state: 'final' }));
    const deliveryIn = (model: typeof held) =>
      read(model).flatMap((shown) =>
        shown.kind === 'user' && shown.text === 'hello' ? [shown.delivery] : [],
      );
    expect(deliveryIn(held)).toEqual(['held']);
    expect(deliveryIn(play(held, chat('r2', { state: 'aborted', seq: 2 })))).toEqual([null]);
  });

  it('are what a first reading gives, whatever was read before', () => {
    const read = createRowReader();
    let model = opened;
    const events = [
      delta('r2', 1, 'two'),
      delta('r3', 1, 'from elsewhere'),
      chat('r2', { state: 'final', seq: 2, message: assistant('two.') }),
      loaded([...messages, row('assistant', 'two.', 'r2')], { sessionInfo: { activeRunIds: ['r3'] } }),
      chat('r3', { state: 'error', errorMessage: 'no' }),
      loaded([row('user', 'another', 'r9')], { sessionId: 's2' }),
    ];
    for (const next of events) {
      model = play(model, next);
      expect(read(model)).toEqual(chatRows(model));
    }
  });
});
