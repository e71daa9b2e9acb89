import { assertNever } from '../../../shared/assert-never.ts';
import { localGatewayText } from '../../../shared/connection/local-gateway-text.ts';
import type { Lamps, Snapshot } from '../../../shared/contract/snapshot.ts';
import { describeError } from '../../../shared/errors.ts';
import type { useI18n } from '../../ui/i18n.tsx';
import type { StateShapeKind } from '../../ui/state-shape.tsx';

type LampName = keyof Lamps;

export type LampText = {
  name: LampName | 'sideForward';
  label: string;
  shape: StateShapeKind;
  /** What it is, or how it is, in a word or two. */
  word: string;
  /** The title of its error. */
  problem: string | null;
};

const names = ['network', 'ssh', 'forward', 'gateway', 'authentication'] as const;
/** Without another computer there is nothing to say about the first, without SSH about the others. */
const sshOnly: ReadonlySet<LampName> = new Set(['ssh', 'forward']);

function isShown(name: LampName, { mode, settings }: LampFacts): boolean {
  if (sshOnly.has(name)) return mode === 'remote' && settings.remote.transport.value === 'ssh';
  return mode === 'remote' || name !== 'network';
}

type I18n = Pick<ReturnType<typeof useI18n>, 't' | 'translate' | 'time'>;
type LampFacts = Pick<Snapshot, 'mode' | 'lamps' | 'tunnel' | 'gateway' | 'ssh' | 'settings'>;

/** Pure: one line per layer, lowest first; then the side forwards one by one. */
export function describeLamps(facts: LampFacts, i18n: I18n): LampText[] {
  const { t, translate } = i18n;
  const shown = names.filter((name) => isShown(name, facts));
  const lamps = shown.map((name): LampText => {
    const { state, error } = facts.lamps[name];
    return {
      name,
      label: t(`connection.lamps.${name}`),
      shape: state,
      word: goodWord(name, facts, i18n) ?? t(`connection.lamps.state.${state}`),
      problem: error && describeError(error, translate).title,
    };
  });
  const sides = (facts.ssh?.sideForwards ?? []).map(
    ({ port, error }): LampText => ({
      name: 'sideForward',
      label: t('connection.lamps.sideForward', { port }),
      shape: error ? 'attention' : 'good',
      word: t(error ? 'connection.lamps.state.attention' : 'connection.lamps.sideForwardGood'),
      problem: error && describeError(error, translate).title,
    }),
  );
  return lamps.toSpliced(names.indexOf('forward') + 1, 0, ...sides);
}

/** More than the state's own word, where there is more to say; null otherwise. */
function goodWord(name: LampName, { lamps, tunnel, gateway }: LampFacts, { t, time }: I18n): string | null {
  const { state, error } = lamps[name];
  if (name === 'ssh' && state === 'attention' && !error) return t('connection.lamps.beingChecked');
  if (name === 'network' && state === 'stopped' && !error) return t('connection.lamps.offline');
  if (state !== 'good') return null;
  switch (name) {
    case 'network':
      return t('connection.lamps.online');
    case 'ssh':
      return null;
    case 'forward':
      if (tunnel.tag !== 'up') return null;
      return tunnel.owner === 'service'
        ? t('connection.lamps.portOfService', { port: tunnel.localPort })
        : t('connection.lamps.portUp', { port: tunnel.localPort, time: time(tunnel.sinceMs) });
    case 'gateway':
      if (!gateway) return null;
      return (
        localGatewayText(gateway, t, time) ??
        t('connection.lamps.gatewayOk', {
          name: t(`connection.lamps.${gateway.kind}`),
          version: gateway.version,
        })
      );
    case 'authentication':
      return t('connection.lamps.signedIn');
    default:
      return assertNever(name);
  }
}

/** What carries the tunnel, in two or three words; null in Local mode. */
export function describeEngine(ssh: Snapshot['ssh'], t: I18n['t']): string | null {
  if (!ssh) return null;
  if (ssh.engine === 'openssh') return t('connection.lamps.openssh');
  if (ssh.crypto === null) return t('connection.lamps.builtin');
  return t(ssh.crypto === 'native' ? 'connection.lamps.builtinNative' : 'connection.lamps.builtinJavascript');
}
