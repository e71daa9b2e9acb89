import { describe, expect, it } from 'vitest';
import { appError } from '../errors.ts';
import { type LampFacts, lampsOf, worstLamp } from './lamps.ts';

const lost = appError('SSH_CLOSED', 'lost');
const unreachable = appError('SSH_UNREACHABLE', 'no route');
const refused = appError('SSH_AUTH_REFUSED', 'no');
const nothing = appError('FORWARD_NOTHING_LISTENING', 'none');
const prohibited = appError('FORWARD_PROHIBITED', 'no');
const token = appError('GATEWAY_TOKEN_MISMATCH', 'no');
const late = appError('GATEWAY_REQUEST_TIMEOUT', 'late');
const waiting = { attempt: 1, retryAt: 1 };

const facts = (change: Partial<LampFacts>): LampFacts => ({
  mode: 'remote',
  isOnline: true,
  transport: { tag: 'up' },
  isSuspect: false,
  forwardError: null,
  sideErrors: [],
  link: { tag: 'open', sinceMs: 0 },
  healthError: null,
  ...change,
});

const states = (change: Partial<LampFacts>) => {
  const { network, ssh, forward, gateway, authentication } = lampsOf(facts(change));
  return [network, ssh, forward, gateway, authentication].map(({ state }) => state).join(' ');
};

describe('lamps', () => {
  it.each<[string, Partial<LampFacts>, string, string]>([
    ['all well', {}, 'good good good good good', 'good'],
    ['local mode', { mode: 'local' }, 'off off off good good', 'good'],
    [
      'offline',
      { isOnline: false, transport: { tag: 'backingOff', ...waiting, error: unreachable } },
      'stopped attention off off off',
      'stopped',
    ],
    [
      'host unreachable',
      { transport: { tag: 'backingOff', ...waiting, error: unreachable } },
      'attention attention off off off',
      'attention',
    ],
    [
      'SSH lost',
      { transport: { tag: 'backingOff', ...waiting, error: lost } },
      'good attention off off off',
      'attention',
    ],
    ['SSH refused', { transport: { tag: 'failed', error: refused } }, 'good stopped off off off', 'stopped'],
    [
      'connecting',
      { transport: { tag: 'starting', step: 'tcp' }, link: { tag: 'closed' } },
      'good working off working off',
      'working',
    ],
    ['suspect', { isSuspect: true }, 'good attention good good good', 'attention'],
    [
      'nothing listens',
      { forwardError: nothing, link: { tag: 'waiting', ...waiting, error: late } },
      'good good attention off off',
      'attention',
    ],
    [
      'forwarding prohibited',
      { forwardError: prohibited, link: { tag: 'failed', error: prohibited } },
      'good good stopped off off',
      'stopped',
    ],
    ['a side port is taken', { sideErrors: [lost] }, 'good good attention good good', 'attention'],
    [
      'wrong token: the Gateway itself is well',
      { link: { tag: 'failed', error: token } },
      'good good good good stopped',
      'stopped',
    ],
    ['health fails', { healthError: late }, 'good good good attention good', 'attention'],
    [
      'the link waits',
      { link: { tag: 'waiting', ...waiting, error: late } },
      'good good good attention off',
      'attention',
    ],
  ])('%s', (_name, change, expected, worst) => {
    expect(states(change)).toBe(expected);
    expect(worstLamp(lampsOf(facts(change))).state).toBe(worst);
  });
});
