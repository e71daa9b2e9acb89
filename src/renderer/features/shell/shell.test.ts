import { renderHook } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { hrefOf, parseRoute, type Route } from './route-address.ts';
import { shortcutOf, useShortcuts } from './shortcuts.ts';

describe('routes', () => {
  it.each([
    ['', { name: 'chat' }],
    ['#/chat', { name: 'chat' }],
    ['#/nowhere', { name: 'chat' }],
    ['#/panel', { name: 'panel' }],
    ['#/doctor', { name: 'doctor', from: 'chat' }],
    ['#/doctor?from=panel', { name: 'doctor', from: 'panel' }],
    ['#/doctor?from=elsewhere', { name: 'doctor', from: 'chat' }],
    ['#/settings/general', { name: 'settings', chooseRemote: false }],
    ['#/settings/general?runs=remote', { name: 'settings', chooseRemote: true }],
  ] as [string, Route][])('%s', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
    expect(parseRoute(hrefOf(route))).toEqual(route);
  });
});

describe('shortcuts', () => {
  const press = (key: string, more: Partial<KeyboardEvent> = {}) => ({
    key,
    code: '',
    altKey: false,
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
    ...more,
  });

  it.each([
    [press('.', { ctrlKey: true }), true, 'stop'],
    [press(',', { ctrlKey: true }), true, 'settings'],
    [press('Escape'), true, 'back'],
    [press('r', { code: 'KeyR', altKey: true }), false, 'retry'],
    [press('d', { code: 'KeyD', altKey: true }), true, 'doctor'],
    [press('2', { code: 'Digit2', altKey: true }), false, 'remote'],
    [press('2', { code: 'Digit2', altKey: true }), true, null],
    [press('@', { code: 'KeyQ', altKey: true, ctrlKey: true }), true, null],
    [press('ł', { code: 'KeyL', altKey: true, ctrlKey: true }), true, null],
    [press('?', { shiftKey: true }), false, 'help'],
    [press('?', { shiftKey: true }), true, null],
    [press('/'), false, 'compose'],
    [press('/'), true, null],
    [press('r', { ctrlKey: true }), false, null],
    [press('constructor', { code: 'constructor', altKey: true }), false, null],
  ] as const)('%j while typing: %s → %s', (event, isTyping, name) => {
    expect(shortcutOf(event, isTyping, false)).toBe(name);
  });

  it.each([
    ['@', 'KeyL'],
    ['ś', 'KeyS'],
    ['ń', 'KeyN'],
    ['@', 'Digit2'],
    ['ArrowUp', 'ArrowUp'],
    ['ArrowDown', 'ArrowDown'],
  ])('on a Mac leave Option with “%s” (%s) to the text (R8)', (key, code) => {
    expect(shortcutOf(press(key, { code, altKey: true }), true, true)).toBeNull();
    expect(shortcutOf(press(key, { code, altKey: true }), false, true)).toBeNull();
  });

  it.each([
    ['KeyL', true, 'latest'],
    ['ArrowUp', true, 'previousSession'],
    ['Digit1', false, 'local'],
    ['Digit1', true, null],
    ['Digit2', true, null],
  ] as const)('on a Mac take Control and Option with %s, typing: %s → %s (R8)', (code, isTyping, name) => {
    expect(shortcutOf(press('¬', { code, altKey: true, ctrlKey: true }), isTyping, true)).toBe(name);
  });

  it('are not taken from an input method, whatever marks its keys (R8)', () => {
    const back = vi.fn();
    const { unmount } = renderHook(() => useShortcuts({ back }));
    const pressEscape = (more: KeyboardEventInit) =>
      window.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', ...more }));
    pressEscape({ isComposing: true });
    pressEscape({ keyCode: 229 });
    expect(back).not.toHaveBeenCalled();
    pressEscape({ keyCode: 27 });
    expect(back).toHaveBeenCalledTimes(1);
    unmount();
  });
});
