import type { MenuItemConstructorOptions } from 'electron';
import { assertNever } from '../shared/assert-never.ts';
import type { Mode } from '../shared/config/settings.ts';
import { connectionText, isSuspect, modeKeyOf } from '../shared/connection/connection-text.ts';
import { worstLamp } from '../shared/connection/lamps.ts';
import { localGatewayText } from '../shared/connection/local-gateway-text.ts';
import type { Snapshot } from '../shared/contract/snapshot.ts';
import { describeError, type Translate } from '../shared/errors.ts';

export type TrayActions = {
  setMode(mode: Mode): void;
  /** Also ends a countdown, or a disconnect. */
  retry(): void;
  disconnect(): void;
  open(window: 'webchat' | 'settings' | 'panel'): void;
  quit(): void;
};

export type TrayView = {
  snapshot: Snapshot;
  t: Translate;
  nowMs: number;
  /** True where the menu is drawn anew each time it is opened, so that seconds can be counted in it. */
  isDrawnOnOpen: boolean;
  /** BCP 47, for the time of day. */
  locale: string;
};

/** Which drawing of the mark: open = disconnected, closed = connected, attention = closed with a dot. */
export type TrayIconState = 'open' | 'closed' | 'attention';

/** Pure: the worst lamp counts, not only the connection as a whole. */
export function trayIconState({ connection, questions, lamps }: Snapshot): TrayIconState {
  if (questions.length > 0) return 'attention';
  switch (connection.tag) {
    case 'connected': {
      const worst = worstLamp(lamps).state;
      return worst === 'attention' || worst === 'stopped' ? 'attention' : 'closed';
    }
    case 'degraded':
    case 'failed':
      return 'attention';
    case 'idle':
    case 'connecting':
    case 'reconnecting':
      return 'open';
    default:
      return assertNever(connection);
  }
}

/** Pure. The one line that answers: am I connected, to what, how well? */
export function statusLine({ snapshot, t, nowMs, isDrawnOnOpen }: TrayView): string {
  const { connection, health } = snapshot;
  const text = connectionText(snapshot, t, isDrawnOnOpen ? nowMs : null);
  const hasRoundTrip = connection.tag === 'connected' && !isSuspect(snapshot) && health?.ok;
  if (!hasRoundTrip || health.rttMs === null) return text;
  return [text, t('connection.roundTrip', { ms: Math.max(1, Math.round(health.rttMs)) })].join(' · ');
}

/** Pure: the state says it all, the actions are only carried along. */
export function trayMenu(view: TrayView, actions: TrayActions): MenuItemConstructorOptions[] {
  const { snapshot, t } = view;
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  const mode = (value: Mode): MenuItemConstructorOptions => ({
    id: value,
    type: 'radio',
    label: t(`connection.mode.${modeKeyOf(value, snapshot.settings)}`),
    checked: snapshot.mode === value,
    click: () => actions.setMode(value),
  });
  return [
    { id: 'status', label: asLabel(statusLine(view)), enabled: false },
    ...gatewayLine(view),
    ...reasonLines(view),
    ...retryItem(view, actions),
    ...questionItem(view, actions),
    separator,
    { id: 'mode', label: t('connection.mode.label'), enabled: false },
    mode('local'),
    mode('remote'),
    connectItem(view, actions),
    separator,
    { id: 'webchat', label: t('tray.openWebchat'), click: () => actions.open('webchat') },
    { id: 'panel', label: t('tray.openPanel'), click: () => actions.open('panel') },
    {
      id: 'settings',
      label: t('tray.settings'),
      accelerator: 'CommandOrControl+,',
      click: () => actions.open('settings'),
    },
    separator,
    { id: 'quit', label: t('tray.quit'), accelerator: 'CommandOrControl+Q', click: () => actions.quit() },
  ];
}

/** In a menu an ampersand marks the letter of a shortcut. */
const asLabel = (text: string) => text.replaceAll('&', '&&');

/** Of several that may run on a computer, this is the one. */
function gatewayLine({ snapshot, t, locale }: TrayView): MenuItemConstructorOptions[] {
  const time = (atMs: number) => new Date(atMs).toLocaleTimeString(locale);
  const gateway = snapshot.gateway && localGatewayText(snapshot.gateway, t, time);
  return gateway ? [{ id: 'gateway', label: asLabel(t('tray.gateway', { gateway })), enabled: false }] : [];
}

function reasonLines({ snapshot, t, isDrawnOnOpen, locale }: TrayView): MenuItemConstructorOptions[] {
  const { connection } = snapshot;
  if (!('error' in connection)) return [];
  const lines: MenuItemConstructorOptions[] = [
    { id: 'reason', label: asLabel(describeError(connection.error, t).title), enabled: false },
  ];
  if (connection.tag === 'reconnecting' && connection.retryAt !== null && !isDrawnOnOpen) {
    const time = new Date(connection.retryAt).toLocaleTimeString(locale);
    lines.push({ id: 'nextTry', label: t('tray.nextTry', { time }), enabled: false });
  }
  return lines;
}

/** Where waiting or a fix outside Chela may have helped. */
function retryItem({ snapshot, t }: TrayView, actions: TrayActions): MenuItemConstructorOptions[] {
  const { connection } = snapshot;
  const isUseful =
    (connection.tag === 'reconnecting' && connection.retryAt !== null) ||
    connection.tag === 'failed' ||
    connection.tag === 'degraded';
  return isUseful ? [{ id: 'retry', label: t('connection.retryNow'), click: () => actions.retry() }] : [];
}

function connectItem({ snapshot, t }: TrayView, actions: TrayActions): MenuItemConstructorOptions {
  return snapshot.connection.tag === 'idle'
    ? { id: 'connect', label: t('connection.connect'), click: () => actions.retry() }
    : { id: 'disconnect', label: t('connection.disconnect'), click: () => actions.disconnect() };
}

function questionItem({ snapshot, t }: TrayView, actions: TrayActions): MenuItemConstructorOptions[] {
  const count = snapshot.questions.length;
  if (count === 0) return [];
  return [{ id: 'question', label: t('tray.question', { count }), click: () => actions.open('webchat') }];
}
