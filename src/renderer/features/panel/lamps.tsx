import { assertNever } from '../../../shared/assert-never.ts';
import type { TunnelState } from '../../../shared/connection/tunnel-state.ts';
import type { Snapshot } from '../../../shared/contract/snapshot.ts';
import { useRequest, useSnapshot } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape, type StateShapeKind } from '../../ui/state-shape.tsx';

type LampText = { shape: StateShapeKind; text: string };
type I18n = Pick<ReturnType<typeof useI18n>, 't' | 'time'>;

/** One lamp per part, so that a person sees which part it is. */
export function Lamps() {
  const i18n = useI18n();
  const { t, time } = i18n;
  const request = useRequest();
  const mode = useSnapshot((snapshot) => snapshot.mode);
  const tunnel = useSnapshot((snapshot) => snapshot.tunnel);
  const gateway = useSnapshot((snapshot) => snapshot.gateway);
  const health = useSnapshot((snapshot) => snapshot.health);
  const canCheck = useSnapshot(
    ({ connection }) => connection.tag === 'connected' || connection.tag === 'degraded',
  );

  return (
    <section aria-label={t('connection.lamps.label')}>
      <dl className="lamps">
        {mode === 'remote' && <Lamp label={t('connection.lamps.ssh')} {...describeTunnel(tunnel, i18n)} />}
        <Lamp label={t('connection.lamps.gateway')} {...describeGateway({ gateway, health }, i18n)} />
      </dl>
      {health && (
        <p className="lamps-foot tabular">
          {t('connection.lamps.checked', { time: time(health.checkedAtMs) })}
          {canCheck && (
            <Button look="quiet" size="small" onClick={() => void request('connection.checkHealth', {})}>
              {t('connection.lamps.checkNow')}
            </Button>
          )}
        </p>
      )}
    </section>
  );
}

function Lamp({ label, shape, text }: LampText & { label: string }) {
  return (
    <div className="lamp">
      <dt>
        <StateShape kind={shape} />
        {label}
      </dt>
      <dd className="tabular">{text}</dd>
    </div>
  );
}

function describeTunnel(tunnel: TunnelState, { t, time }: I18n): LampText {
  switch (tunnel.tag) {
    case 'stopped':
      return { shape: 'stopped', text: t('connection.lamps.tunnelStopped') };
    case 'starting':
      return { shape: 'working', text: t('connection.lamps.tunnelStarting') };
    case 'up':
      return {
        shape: 'good',
        text: t('connection.lamps.tunnelUp', { port: tunnel.localPort, time: time(tunnel.sinceMs) }),
      };
    case 'backingOff':
      return {
        shape: 'attention',
        text: t('connection.lamps.tunnelBackingOff', { attempt: tunnel.attempt }),
      };
    case 'failed':
      return { shape: 'stopped', text: t('connection.lamps.tunnelFailed') };
    default:
      return assertNever(tunnel);
  }
}

function describeGateway({ gateway, health }: Pick<Snapshot, 'gateway' | 'health'>, { t }: I18n): LampText {
  if (!gateway) return { shape: 'working', text: t('connection.lamps.gatewayUnknown') };
  if (health && !health.ok) return { shape: 'attention', text: t('connection.lamps.gatewayBad') };
  const name = t(`connection.lamps.${gateway.kind}`);
  return { shape: 'good', text: t('connection.lamps.gatewayOk', { name, version: gateway.version }) };
}
