import { describe, expect, it } from 'vitest';
import { text } from './payload.ts';
import { notChosen, pickRequest } from './pick.ts';

const pending = [
  { requestId: 'older-request', displayName: 'studio', ts: 1 },
  { requestId: 'newer-request', displayName: 'den', ts: 2 },
];
const pick = (wanted?: string, from: typeof pending = pending) =>
  pickRequest(wanted, from, (one) => text(one.displayName), 'chela devices list');

describe('which request a person means', () => {
  it('the named one, else the newest', () => {
    expect([pick('studio'), pick('older-r'), pick()]).toEqual([pending[0], pending[0], pending[1]]);
  });

  it('none', () => {
    expect(() => pick('attic')).toThrow(/attic/);
    expect(() => pick(undefined, [])).toThrow(/nothing is pending/);
  });

  it('is shown without what its device could do to a terminal', () => {
    const shown = {
      requestId: 'r',
      name: 'den\u001b[2J',
      asks: 'operator\r\nx',
      approve: 'chela devices approve',
    };
    expect(notChosen(shown).details).toEqual({ ...shown, name: 'den [2J', asks: 'operator x' });
  });
});
