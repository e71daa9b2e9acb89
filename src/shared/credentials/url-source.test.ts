import { describe, expect, it } from 'vitest';
import { effectiveSettings } from '../config/effective.ts';
import { urlSourceOf } from './url-source.ts';

type Remote = { url?: string; transport?: 'ssh' | 'direct'; sshTarget?: string };

function sourceOf(own: Remote, theirs: Remote): string {
  const openclaw = { gateway: { mode: 'remote' as const, remote: theirs } };
  const { view } = effectiveSettings({
    settings: { version: 1, remote: own, local: {}, appearance: {} },
    openclaw,
    env: {},
    files: { settings: 's', openclaw: 'o' },
  });
  return urlSourceOf(view, openclaw);
}

describe('R17 whose the URL is', () => {
  const direct = (url: string): Remote => ({ transport: 'direct', url });

  it.each([
    // The very same, in another spelling, by another port, by another scheme.
    ['wss://studio.example', 'wss://studio.example', 'config'],
    ['wss://STUDIO.example./', 'wss://studio.example', 'config'],
    ['wss://studio.example:8443', 'wss://studio.example', 'config'],
    ['wss://den.example', 'wss://studio.example', 'settings'],
    ['wss://studio.example.evil.test', 'wss://studio.example', 'settings'],
    // The end of a tunnel is not the computer that it leads to.
    ['wss://studio.example', 'ws://127.0.0.1:18789', 'settings'],
    ['ws://localhost:18789', 'ws://127.0.0.1:18789', 'config'],
    ['ws://127.0.0.1:28789', 'ws://127.0.0.1:18789', 'settings'],
    ['wss://studio.example', 'nonsense', 'settings'],
  ])('%s against %s: %s', (own, theirs, source) => {
    expect(sourceOf(direct(own), { url: theirs })).toBe(source);
  });

  it('the file’s own URL is the file’s', () => {
    expect(sourceOf({ transport: 'direct' }, { url: 'wss://studio.example' })).toBe('config');
  });

  it('as R17 is written over SSH, whatever was typed, and where the file names none', () => {
    const elsewhere = { transport: 'ssh', sshTarget: 'ada@den', url: 'wss://den.example' } as const;
    expect(sourceOf(elsewhere, { sshTarget: 'ada@studio', url: 'ws://127.0.0.1:18789' })).toBe('config');
    expect(sourceOf(direct('wss://den.example'), {})).toBe('config');
  });
});
