import { describe, expect, it } from 'vitest';
import { appError } from '../errors.ts';
import { type ConnectionFacts, type ConnectionState, connectionStateOf } from './connection-state.ts';

const lost = appError('SSH_CLOSED', 'lost');
const refused = appError('SSH_AUTH_REFUSED', 'refused');
const late = appError('GATEWAY_REQUEST_TIMEOUT', 'late');
const waiting = { attempt: 2, retryAt: 5_000, error: lost };

const facts = (change: Partial<ConnectionFacts>): ConnectionFacts => ({
  transport: { tag: 'up' },
  link: { tag: 'open', sinceMs: 1 },
  healthError: null,
  lastLoss: null,
  ...change,
});

describe('connectionStateOf (R6)', () => {
  it.each<[string, Partial<ConnectionFacts>, ConnectionState]>([
    ['nothing started', { transport: { tag: 'off' } }, { tag: 'idle' }],
    [
      'first connect',
      { transport: { tag: 'starting', step: 'hostKey' } },
      { tag: 'connecting', step: 'hostKey' },
    ],
    [
      'a later attempt says what it recovers from',
      { transport: { tag: 'starting', step: 'tcp' }, lastLoss: { attempt: 3, error: lost } },
      { tag: 'reconnecting', attempt: 3, retryAt: null, error: lost },
    ],
    ['tunnel waits', { transport: { tag: 'backingOff', ...waiting } }, { tag: 'reconnecting', ...waiting }],
    ['tunnel refused', { transport: { tag: 'failed', error: refused } }, { tag: 'failed', error: refused }],
    [
      'a dead tunnel outranks an open link',
      { transport: { tag: 'backingOff', ...waiting } },
      { tag: 'reconnecting', ...waiting },
    ],
    ['handshake', { link: { tag: 'connecting' } }, { tag: 'connecting', step: 'handshake' }],
    ['link not begun', { link: { tag: 'closed' } }, { tag: 'connecting', step: 'handshake' }],
    ['link waits', { link: { tag: 'waiting', ...waiting } }, { tag: 'reconnecting', ...waiting }],
    ['link refused', { link: { tag: 'failed', error: refused } }, { tag: 'failed', error: refused }],
    ['open', {}, { tag: 'connected', sinceMs: 1 }],
    ['open, health failed', { healthError: late }, { tag: 'degraded', sinceMs: 1, error: late }],
  ])('%s', (_name, change, state) => {
    expect(connectionStateOf(facts(change))).toEqual(state);
  });
});
