import { useEffect, useRef } from 'react';
import { isForInputMethod } from '../../ui/ime.ts';

export type ShortcutName =
  | 'stop'
  | 'compose'
  | 'latest'
  | 'find'
  | 'sessions'
  | 'newSession'
  | 'nextSession'
  | 'previousSession'
  | 'undo'
  | 'local'
  | 'remote'
  | 'retry'
  | 'settings'
  | 'doctor'
  | 'help'
  | 'back';

const isMac = /Mac/.test(navigator.platform);

/** As the keys are printed on the keyboard. */
export const shortcutKeys: Record<ShortcutName | 'send' | 'newLine', string> = {
  send: isMac ? '↩' : 'Enter',
  newLine: isMac ? '⇧↩' : 'Shift+Enter',
  stop: isMac ? '⌘.' : 'Ctrl+.',
  compose: '/',
  latest: isMac ? '⌃⌥L' : 'Alt+L',
  find: isMac ? '⌘F' : 'Ctrl+F',
  sessions: isMac ? '⌃⌥S' : 'Alt+S',
  newSession: isMac ? '⌃⌥N' : 'Alt+N',
  nextSession: isMac ? '⌃⌥↓' : 'Alt+↓',
  previousSession: isMac ? '⌃⌥↑' : 'Alt+↑',
  undo: isMac ? '⌘Z' : 'Ctrl+Z',
  local: isMac ? '⌃⌥1' : 'Alt+1',
  remote: isMac ? '⌃⌥2' : 'Alt+2',
  retry: isMac ? '⌃⌥R' : 'Alt+R',
  settings: isMac ? '⌘,' : 'Ctrl+,',
  doctor: isMac ? '⌃⌥D' : 'Alt+D',
  help: '?',
  back: 'Esc',
};

type KeyPress = Pick<KeyboardEvent, 'key' | 'code' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'>;

/** By position: with Option held, a Mac types other characters. */
const byCode = {
  KeyL: 'latest',
  KeyS: 'sessions',
  KeyN: 'newSession',
  ArrowDown: 'nextSession',
  ArrowUp: 'previousSession',
  Digit1: 'local',
  Digit2: 'remote',
  KeyR: 'retry',
  KeyD: 'doctor',
} as const;

/** `isTyping`: in a text field, where plain characters are text. */
export function shortcutOf(event: KeyPress, isTyping: boolean, onMac = isMac): ShortcutName | null {
  const isCommand = onMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
  if (isCommand && !event.altKey) {
    if (event.key === '.') return 'stop';
    if (event.key === 'f') return 'find';
    // In a text field it takes back what was typed.
    if (event.key === 'z' && !event.shiftKey && !isTyping) return 'undo';
    return event.key === ',' ? 'settings' : null;
  }
  if (event.metaKey) return null;
  if (event.altKey) {
    // Option alone types characters on a Mac and moves the cursor; elsewhere Ctrl with Alt does.
    if (event.ctrlKey !== onMac || !Object.hasOwn(byCode, event.code)) return null;
    const name = byCode[event.code as keyof typeof byCode];
    const isModeSwitch = name === 'local' || name === 'remote';
    return isTyping && isModeSwitch ? null : name;
  }
  if (event.ctrlKey) return null;
  if (event.key === 'Escape') return 'back';
  if (isTyping) return null;
  if (event.key === '?') return 'help';
  return event.key === '/' ? 'compose' : null;
}

/** Listens on the page; a handler that is absent leaves its key to the browser. */
export function useShortcuts(handlers: Partial<Record<ShortcutName, () => void>>): void {
  const latest = useRef(handlers);
  latest.current = handlers;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      // A dialog is a step of its own: it takes Escape, and nothing behind it moves.
      if (event.defaultPrevented || isForInputMethod(event) || document.querySelector('[role$="dialog"]'))
        return;
      const target = event.target;
      const isTyping =
        target instanceof HTMLElement &&
        (target.isContentEditable || target.matches('input:not([type=radio]), textarea'));
      const name = shortcutOf(event, isTyping);
      const run = name === null ? undefined : latest.current[name];
      if (!run) return;
      event.preventDefault();
      run();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}
