import { describe, expect, it } from 'vitest';
import { takeTicket } from './ticket.ts';

describe('takeTicket', () => {
  it('takes the ticket and leaves neither it nor the fragment behind', () => {
    history.replaceState(null, '', '/?a=1#ticket=abc%2Fd');
    expect(takeTicket(location, history)).toBe('abc/d');
    expect(location.href).toMatch(/\/\?a=1$/);
    expect(takeTicket(location, history)).toBeNull();
  });

  it('leaves a route alone', () => {
    history.replaceState(null, '', '/#/settings/general');
    expect(takeTicket(location, history)).toBeNull();
    expect(location.hash).toBe('#/settings/general');
  });
});
