import type { EventFrame } from '@openclaw/gateway-client/browser';
import { describe, expect, it } from 'vitest';
import { createHeldDeltas } from './held-deltas.ts';

const frame = (event: string, payload: unknown): EventFrame => ({ type: 'event', event, payload });
const delta = (runId: string, text: string) =>
  frame('chat', { state: 'delta', runId, message: { role: 'assistant', content: text } });

function play(frames: readonly EventFrame[]) {
  const heard: EventFrame[] = [];
  const deltas = createHeldDeltas((one) => heard.push(one));
  for (const one of frames) if (!deltas.hold(one)) heard.push(one);
  return { heard, release: deltas.release };
}

describe('deltas of an answer (R8)', () => {
  it('are held until they are drawn, and only the newest of each run is read', () => {
    const { heard, release } = play([delta('a', 'one'), delta('b', 'other'), delta('a', 'one two')]);
    expect(heard).toEqual([]);
    release();
    expect(heard).toEqual([delta('a', 'one two'), delta('b', 'other')]);
    release();
    expect(heard).toHaveLength(2);
  });

  it('come before whatever ends or rewrites the answer', () => {
    const final = frame('chat', { state: 'final', runId: 'a' });
    expect(play([delta('a', 'one'), final]).heard).toEqual([delta('a', 'one'), final]);
    const row = frame('session.message', { sessionKey: 'main' });
    expect(play([delta('a', 'one'), row]).heard).toEqual([delta('a', 'one'), row]);
  });

  it('come before a call that begins: what was said before it stands above it', () => {
    const data = { phase: 'start', toolCallId: 't1' };
    const begins = frame('agent', { runId: 'a', stream: 'tool', data });
    expect(play([delta('a', 'one'), begins, delta('a', 'one two')]).heard).toEqual([
      delta('a', 'one'),
      begins,
    ]);
  });

  it('wait while a call goes on and the same text tells of itself', () => {
    const tool = frame('agent', { runId: 'a', stream: 'tool', data: { phase: 'update', toolCallId: 't1' } });
    const { heard, release } = play([delta('a', 'one'), tool, delta('a', 'one two')]);
    expect(heard).toEqual([tool]);
    release();
    expect(heard).toEqual([tool, delta('a', 'one two')]);
  });

  it('are read one by one where they have only what is new', () => {
    const part = (text: string) => frame('chat', { state: 'delta', runId: 'a', deltaText: text });
    expect(play([part('one'), part(' two')]).heard).toEqual([part('one'), part(' two')]);
  });
});
