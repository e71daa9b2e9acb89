import { describe, expect, it } from 'vitest';
import { hrefOf, parseRoute, type Route } from './route-address.ts';
import { shortcutOf } from './shortcuts.ts';

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
    [press('®', { code: 'KeyR', altKey: true }), false, 'retry'],
    [press('∂', { code: 'KeyD', altKey: true }), true, 'doctor'],
    [press('2', { code: 'Digit2', altKey: true }), true, 'remote'],
    [press('?', { shiftKey: true }), false, 'help'],
    [press('?', { shiftKey: true }), true, null],
    [press('/'), false, 'compose'],
    [press('/'), true, null],
    [press('r', { ctrlKey: true }), false, null],
    [press('constructor', { code: 'constructor', altKey: true }), false, null],
  ] as const)('%j while typing: %s → %s', (event, isTyping, name) => {
    expect(shortcutOf(event, isTyping)).toBe(name);
  });
});
