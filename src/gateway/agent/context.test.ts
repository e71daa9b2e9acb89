import { describe, expect, it } from 'vitest';
import type { ContextMessage } from '../sessions/session-store.ts';
import { buildContext } from './context.ts';

const user = (text: string): ContextMessage => ({ role: 'user', text });
const assistant = (text: string): ContextMessage => ({ role: 'assistant', text });
const limits = { messages: 10, characters: 20 };

describe('buildContext', () => {
  it('puts the newest last', () => {
    expect(buildContext([user('3'), assistant('2'), user('1')], limits)).toEqual([
      user('1'),
      assistant('2'),
      user('3'),
    ]);
  });

  it('leaves out what does not fit, and then what has lost its question', () => {
    const history = [user('newest'), assistant('answer'), user('a question that is too long')];
    expect(buildContext(history, limits)).toEqual([user('newest')]);
  });

  it('keeps the newest message whatever its length', () => {
    expect(buildContext([user('x'.repeat(100))], limits)).toEqual([user('x'.repeat(100))]);
  });

  it('counts messages too', () => {
    const history = Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? user('a') : assistant('b')));
    expect(buildContext(history, { messages: 3, characters: 1000 })).toHaveLength(3);
  });

  it('joins neighbours of one role', () => {
    expect(buildContext([user('again'), user('first')], limits)).toEqual([user('first\n\nagain')]);
  });

  it('is empty without a user message', () => {
    expect(buildContext([assistant('hello')], limits)).toEqual([]);
    expect(buildContext([], limits)).toEqual([]);
  });
});
