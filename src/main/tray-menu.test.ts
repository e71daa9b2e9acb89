import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { StubMenu } from '../../e2e/fixtures/electron-stub/desktop-parts.ts';
import { sampleSnapshot } from '../../e2e/fixtures/fake-engine.ts';
import type { Locale } from '../shared/config/settings.ts';
import type { ConnectionState } from '../shared/connection/connection-state.ts';
import type { Question } from '../shared/contract/question.ts';
import type { Snapshot } from '../shared/contract/snapshot.ts';
import { appError } from '../shared/errors.ts';
import { createTranslator } from '../shared/i18n/index.ts';
import { trayIconFile } from './tray-icon.ts';
import { type TrayActions, type TrayView, trayIconState, trayMenu } from './tray-menu.ts';

const NOW = 1_000_000;
const refused = appError('SSH_REFUSED', 'ECONNREFUSED', { details: { host: 'studio', port: 22 } });
const question: Question = {
  id: 'q',
  kind: 'passphrase',
  identityFile: '/k',
  wrongBefore: false,
  canRemember: false,
};
const remote = (connection: ConnectionState): Snapshot => ({
  ...sampleSnapshot,
  mode: 'remote',
  target: 'me@studio',
  connection,
});

const none: TrayActions = { setMode() {}, retry() {}, disconnect() {}, open() {}, quit() {} };

function menu(snapshot: Snapshot, change: Partial<TrayView> & { locale?: Locale } = {}, actions = none) {
  const { locale = 'en' } = change;
  const t = createTranslator(locale);
  return trayMenu({ snapshot, t, nowMs: NOW, isDrawnOnOpen: true, ...change, locale }, actions);
}

const ids = (items: ReturnType<typeof menu>) => items.flatMap(({ id }) => (id === undefined ? [] : [id]));
const label = (items: ReturnType<typeof menu>, id: string) => items.find((item) => item.id === id)?.label;
const fixed = ['mode', 'local', 'remote', 'disconnect', 'webchat', 'panel', 'settings', 'quit'];

type Row = {
  state: ConnectionState;
  en: string;
  zh: string;
  icon: 'open' | 'closed' | 'attention';
  extra: string[];
};

const rows: Row[] = [
  { state: { tag: 'idle' }, en: 'Not connected', zh: '未連線', icon: 'open', extra: [] },
  {
    state: { tag: 'connecting', step: 'port' },
    en: 'Opening a port on this computer',
    zh: '正在開啟這台電腦的連接埠',
    icon: 'open',
    extra: [],
  },
  {
    state: { tag: 'connecting', step: 'hostKey' },
    en: 'Checking the host key of me@studio',
    zh: '正在核對 me@studio 的主機金鑰',
    icon: 'open',
    extra: [],
  },
  {
    state: { tag: 'connected', sinceMs: 0 },
    en: 'Connected to me@studio',
    zh: '已連線到 me@studio',
    icon: 'closed',
    extra: [],
  },
  {
    state: { tag: 'degraded', sinceMs: 0, error: refused },
    en: 'Connected to me@studio, but it answers badly',
    zh: '已連線到 me@studio，但回應不正常',
    icon: 'attention',
    extra: ['reason', 'retry'],
  },
  {
    state: { tag: 'reconnecting', attempt: 2, retryAt: NOW + 11_200, error: refused },
    en: 'Reconnecting to me@studio in 12 s',
    zh: '12 秒後重新連線到 me@studio',
    icon: 'open',
    extra: ['reason', 'retry'],
  },
  {
    state: { tag: 'reconnecting', attempt: 2, retryAt: null, error: refused },
    en: 'Reconnecting to me@studio',
    zh: '正在重新連線到 me@studio',
    icon: 'open',
    extra: ['reason'],
  },
  {
    state: { tag: 'failed', error: refused },
    en: 'Not connected to me@studio',
    zh: '未能連線到 me@studio',
    icon: 'attention',
    extra: ['reason', 'retry'],
  },
];

describe('R6: the tray says the state and offers what helps', () => {
  it.each(rows)('$state.tag: $en', ({ state, en, zh, icon, extra }) => {
    const snapshot = remote(state);
    const items = menu(snapshot);
    expect(label(items, 'status')).toBe(en);
    expect(label(menu(snapshot, { locale: 'zh-Hant' }), 'status')).toBe(zh);
    expect(trayIconState(snapshot)).toBe(icon);
    const expected = state.tag === 'idle' ? fixed.with(3, 'connect') : fixed;
    expect(ids(items)).toEqual(['status', ...extra, ...expected]);
  });

  it('leaves no key untranslated in either language', () => {
    for (const locale of ['en', 'zh-Hant'] as const) {
      for (const { state } of rows) {
        const items = menu({ ...remote(state), questions: [question] }, { locale, isDrawnOnOpen: false });
        for (const item of items.filter(({ type }) => type !== 'separator')) {
          expect(item.label).not.toMatch(/^\w+(\.\w+)+$|{{|^$/);
        }
      }
    }
  });

  it('names why, and the status line and the reason are not to be pressed', () => {
    const items = menu(remote({ tag: 'failed', error: refused }));
    expect(label(items, 'reason')).toBe('studio does not accept SSH on port 22');
    for (const id of ['status', 'reason', 'mode']) {
      expect(items.find((item) => item.id === id)).toMatchObject({ enabled: false });
    }
  });

  it('tells the time of the next try where seconds would go stale', () => {
    const state: ConnectionState = { tag: 'reconnecting', attempt: 1, retryAt: NOW, error: refused };
    const items = menu(remote(state), { isDrawnOnOpen: false });
    expect(label(items, 'status')).toBe('Reconnecting to me@studio');
    expect(label(items, 'nextTry')).toBe(`Next try at ${new Date(NOW).toLocaleTimeString('en')}`);
  });

  it('never counts below zero', () => {
    const state: ConnectionState = { tag: 'reconnecting', attempt: 1, retryAt: NOW - 5000, error: refused };
    expect(label(menu(remote(state)), 'status')).toBe('Reconnecting to me@studio');
  });

  it('says, as the page does, that a connection is being checked, and no round trip of before', () => {
    const health = { checkedAtMs: 0, ok: true, rttMs: 41.6, error: null };
    const tunnel = { tag: 'up', localPort: 18789, owner: 'app', sinceMs: 0, suspectSinceMs: 1 } as const;
    const items = menu({ ...remote({ tag: 'connected', sinceMs: 0 }), health, tunnel });
    expect(label(items, 'status')).toBe('Checking the connection to me@studio');
  });

  it('shows the round trip when it is known', () => {
    const health = { checkedAtMs: 0, ok: true, rttMs: 41.6, error: null };
    const items = menu({ ...remote({ tag: 'connected', sinceMs: 0 }), health });
    expect(label(items, 'status')).toBe('Connected to me@studio · 42 ms');
  });

  it('shows an ampersand as one', () => {
    const items = menu({ ...remote({ tag: 'connected', sinceMs: 0 }), target: 'a&b' });
    expect(label(items, 'status')).toBe('Connected to a&&b');
  });

  it('marks the mode and switches it', () => {
    const actions = { ...none, setMode: vi.fn() };
    const items = menu(sampleSnapshot, {}, actions);
    const radio = (id: string) => items.find((item) => item.id === id);
    expect(radio('local')).toMatchObject({ type: 'radio', checked: true, label: 'Local' });
    expect(radio('remote')).toMatchObject({ type: 'radio', checked: false, label: 'Remote over SSH' });
    StubMenu.buildFromTemplate(items).press('remote');
    expect(actions.setMode).toHaveBeenCalledWith('remote');
  });

  it('asks for attention while a question is open', () => {
    const open = vi.fn();
    const snapshot = {
      ...remote({ tag: 'connecting', step: 'authentication' as const }),
      questions: [question],
    };
    const items = menu(snapshot, {}, { ...none, open });
    expect(trayIconState(snapshot)).toBe('attention');
    expect(label(items, 'question')).toBe('Chela has 1 question');
    StubMenu.buildFromTemplate(items).press('question');
    expect(open).toHaveBeenCalledWith('webchat');
  });
});

describe('the Gateway of this computer', () => {
  const gateway = { version: '2026.9.6', kind: 'openclaw', mainSessionKey: 'agent:main:main' } as const;
  const local = { startedBy: 'another', sinceMs: NOW, pid: 7 } as const;

  it.each([
    [{ ...gateway, local }, 'en', /^Gateway: OpenClaw 2026\.9\.6, was running already; used since .+$/],
    [{ ...gateway, local }, 'zh-Hant', /^Gateway：OpenClaw 2026\.9\.6，原本就在執行，自.+ 起使用$/],
    [
      { ...gateway, kind: 'embedded', version: '0.1.0', local: { ...local, startedBy: 'chela' } },
      'en',
      /^Gateway: Chela 0\.1\.0, since .+$/,
    ],
    [
      { ...gateway, local: { ...local, startedBy: 'chela' } },
      'en',
      /^Gateway: OpenClaw 2026\.9\.6, kept running by Chela since .+$/,
    ],
    [
      { ...gateway, local: { ...local, startedBy: 'chela' } },
      'zh-Hant',
      /^Gateway：OpenClaw 2026\.9\.6，自.+ 起由 Chela 維持執行$/,
    ],
  ] as const)('%j in %s', (one, locale, expected) => {
    const items = menu({ ...sampleSnapshot, gateway: one }, { locale });
    expect(label(items, 'gateway')).toMatch(expected);
  });

  it('is not named where it is elsewhere', () => {
    expect(ids(menu({ ...remote({ tag: 'connected', sinceMs: 0 }), gateway }))).not.toContain('gateway');
  });
});

describe('trayIconFile', () => {
  const folder = join(import.meta.dirname, '../../resources/icons/tray');
  const look = { platform: 'linux', desktop: 'KDE', barsAreDark: false };

  it.each([
    [{ ...look, platform: 'darwin' }, 'closedTemplate.png'],
    [look, 'closed-on-light.png'],
    [{ ...look, barsAreDark: true }, 'closed-on-dark.png'],
    [{ ...look, desktop: 'ubuntu:GNOME' }, 'closed-on-dark.png'],
    [{ ...look, platform: 'win32', desktop: undefined }, 'closed-on-light.png'],
  ])('%j → %s', (given, file) => {
    expect(trayIconFile(folder, 'closed', given)).toBe(join(folder, file));
  });

  it('names pictures that exist, 16 px wide, and twice that at @2x', () => {
    const widthOf = (file: string) => readFileSync(file).readUInt32BE(16);
    for (const state of ['open', 'closed', 'attention'] as const) {
      for (const platform of ['darwin', 'win32', 'linux']) {
        for (const barsAreDark of [true, false]) {
          const file = trayIconFile(folder, state, { platform, desktop: undefined, barsAreDark });
          expect([file, existsSync(file)]).toEqual([file, true]);
          expect(widthOf(file)).toBe(16);
          expect(widthOf(file.replace('.png', '@2x.png'))).toBe(32);
        }
      }
    }
  });
});

describe('the icon', () => {
  it('shows the worst lamp even while connected', () => {
    const connected: Snapshot = { ...sampleSnapshot, connection: { tag: 'connected', sinceMs: 0 } };
    expect(trayIconState(connected)).toBe('closed');
    const sideTrouble = { state: 'attention', error: refused } as const;
    expect(trayIconState({ ...connected, lamps: { ...connected.lamps, forward: sideTrouble } })).toBe(
      'attention',
    );
  });
});
