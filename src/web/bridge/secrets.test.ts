import { describe, expect, it } from 'vitest';
import type { Clock } from '../../core/clock.ts';
import { createSessions, createTickets, TICKET_LIFE_MS } from './secrets.ts';

function manualClock() {
  let now = 1000;
  const clock: Clock = { now: () => now, after: () => () => {} };
  return { clock, pass: (ms: number) => (now += ms) };
}

describe('tickets', () => {
  it('have at least 128 bits and differ', () => {
    const tickets = createTickets(manualClock().clock);
    const issued = new Set(Array.from({ length: 100 }, () => tickets.issue()));
    expect(issued.size).toBe(100);
    for (const ticket of issued) expect(Buffer.from(ticket, 'base64url').length).toBeGreaterThanOrEqual(16);
  });

  it('are good once', () => {
    const tickets = createTickets(manualClock().clock);
    const ticket = tickets.issue();
    expect(tickets.redeem(ticket)).toBe('accepted');
    expect(tickets.redeem(ticket)).toBe('refused');
  });

  it('expire', () => {
    const { clock, pass } = manualClock();
    const tickets = createTickets(clock);
    const early = tickets.issue();
    const late = tickets.issue();
    pass(TICKET_LIFE_MS - 1);
    expect(tickets.redeem(early)).toBe('accepted');
    pass(1);
    expect(tickets.redeem(late)).toBe('refused');
  });

  it('stay good when newer ones are issued, up to a bound', () => {
    const tickets = createTickets(manualClock().clock);
    const first = tickets.issue();
    const second = tickets.issue();
    for (let i = 0; i < 31; i++) tickets.issue();
    expect(tickets.redeem(first)).toBe('refused');
    expect(tickets.redeem(second)).toBe('accepted');
  });

  it('cannot be guessed at leisure', () => {
    const { clock, pass } = manualClock();
    const tickets = createTickets(clock);
    const ticket = tickets.issue();
    for (let i = 0; i < 20; i++) expect(tickets.redeem(`guess-${i}`)).toBe('refused');
    expect(tickets.redeem(ticket)).toBe('tooManyTries');
    pass(60_000);
    expect(tickets.redeem(ticket)).toBe('accepted');
  });
});

describe('sessions', () => {
  it('know their own secrets only', () => {
    const sessions = createSessions();
    const secret = sessions.open();
    expect(sessions.knows(secret)).toBe(true);
    expect(sessions.knows(`${secret}x`)).toBe(false);
    expect(sessions.knows('')).toBe(false);
    expect(createSessions().knows(secret)).toBe(false);
  });

  it('drop the oldest beyond a bound', () => {
    const sessions = createSessions();
    const first = sessions.open();
    for (let i = 0; i < 63; i++) sessions.open();
    expect(sessions.knows(first)).toBe(true);
    sessions.open();
    expect(sessions.knows(first)).toBe(false);
  });
});
