import { describe, expect, it } from 'vitest';
import { parseSessionKey } from './session-key.ts';

describe('parseSessionKey', () => {
  it.each([
    ['main', 'agent:main:main', 'main'],
    ['Foo-Bar', 'agent:main:foo-bar', 'main'],
    ['agent:MAIN:Foo', 'agent:main:foo', 'main'],
    [' agent:main:a:b ', 'agent:main:a:b', 'main'],
    ['agent:nope:main', 'agent:nope:main', 'nope'],
    ['agent:', 'agent:main:agent:', 'main'],
    ['agent:x', 'agent:main:agent:x', 'main'],
  ])('%j → %s of %s', (text, key, agentId) => {
    expect(parseSessionKey(text)).toEqual({ key, agentId });
  });
});
