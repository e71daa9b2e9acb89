import { Fragment } from 'react';
import { useRequest, useSnapshot } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { describeEngine, describeLamps } from './describe-lamps.ts';
import './lamps.css';

/** One lamp per layer, so that a person sees which layer it is, and what carries the tunnel. */
export function Lamps() {
  const i18n = useI18n();
  const { t, time } = i18n;
  const request = useRequest();
  const snapshot = useSnapshot((current) => current);
  const { health, connection } = snapshot;
  const engine = describeEngine(snapshot.ssh, t);
  const canCheck = connection.tag === 'connected' || connection.tag === 'degraded';

  return (
    <section aria-label={t('connection.lamps.label')}>
      <dl className="lamps">
        {describeLamps(snapshot, i18n).map(({ name, label, shape, word, problem }) => (
          <Fragment key={label}>
            <div className={`lamp is-${name} is-${shape}`}>
              <dt>
                <StateShape kind={shape} />
                {label}
              </dt>
              <dd className="tabular">
                {word}
                {problem !== null && <span className="lamp-problem">{problem}</span>}
              </dd>
            </div>
            {name === 'ssh' && engine !== null && (
              <div className="lamp is-engine">
                <dt>{t('connection.lamps.engine')}</dt>
                <dd>{engine}</dd>
              </div>
            )}
          </Fragment>
        ))}
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
