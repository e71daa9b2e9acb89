import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSshTarget, parseSshTarget } from './ssh-target.ts';

describe('parseSshTarget (R6)', () => {
  it.each([
    ['ada@studio', { user: 'ada', host: 'studio' }],
    ['studio', { host: 'studio' }],
    ['ada@studio.example.net:2222', { user: 'ada', host: 'studio.example.net', port: 2222 }],
    ['ada@[fe80::1]:22', { user: 'ada', host: 'fe80::1', port: 22 }],
    ['[::1]', { host: '::1' }],
    ['  ada@10.0.0.7  ', { user: 'ada', host: '10.0.0.7' }],
    ['ada@corp.example@studio', { user: 'ada@corp.example', host: 'studio' }],
  ])('reads %s', (text, target) => {
    expect(parseSshTarget(text)).toEqual({ ok: true, target });
  });

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['-oProxyCommand=evil', 'dash'],
    ['ada@-oProxyCommand=evil', 'dash'],
    ['ada@stu dio', 'space'],
    ['ada@studio\nother', 'space'],
    ['ada@', 'shape'],
    ['@studio', 'shape'],
    ['ada@fe80::1', 'shape'],
    ['ada@[not-an-address]', 'shape'],
    ['ada@studio:0', 'port'],
    ['ada@studio:70000', 'port'],
    ['ada@studio:ssh', 'port'],
    ['ada@studio:', 'port'],
    ['ada@studio;rm', 'shape'],
    ['ssh://ada@studio', 'shape'],
  ])('refuses %j as %s', (text, problem) => {
    expect(parseSshTarget(text)).toEqual({ ok: false, problem });
  });

  it('is the inverse of formatSshTarget for every target it accepts', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab1.-_@:[] \\+') }), (text) => {
        const parsed = parseSshTarget(text);
        if (!parsed.ok) return;
        expect(parseSshTarget(formatSshTarget(parsed.target))).toEqual(parsed);
        expect(parsed.target.host.startsWith('-')).toBe(false);
        expect(parsed.target.user?.startsWith('-') ?? false).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});
