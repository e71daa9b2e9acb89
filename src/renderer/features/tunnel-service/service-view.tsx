import type { ReactNode } from 'react';
import type { TunnelServiceStatus } from '../../../shared/contract/tunnel-service.ts';
import { type TunnelServiceCondition, tunnelServiceCondition } from '../../../shared/tunnel-text.ts';
import { useTunnelService } from '../../stores/context.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape, type StateShapeKind } from '../../ui/state-shape.tsx';
import { Failure } from '../connection/failure.tsx';
import { InterruptedChange } from './interrupted-change.tsx';
import { ServiceActions } from './service-actions.tsx';
import { ServiceDrift } from './service-drift.tsx';
import { useMoment } from './use-moment.ts';

const shapes: Record<TunnelServiceCondition, StateShapeKind> = {
  notInstalled: 'off',
  running: 'good',
  noGateway: 'attention',
  restarting: 'working',
  stopped: 'stopped',
  foreign: 'attention',
  unknown: 'attention',
};

/** How the service is now, and what can be done about it. */
export function ServiceView() {
  const { t } = useI18n();
  const status = useTunnelService((state) => state.status);
  const phase = useTunnelService((state) => state.phase);
  return (
    <>
      {!(status?.ok && status.value.installed) && <p className="section-note">{t('tunnelService.body')}</p>}
      {status === null && (
        <p className="section-note" role="status">
          {t('tunnelService.looking')}
        </p>
      )}
      {status && !status.ok && <Failure error={status.error} />}
      {status?.ok && <Found status={status.value} />}
      <div aria-live="polite" className="tunnel-refusal">
        {phase.tag === 'failed' && (
          <Failure
            error={phase.error}
            fixText={phase.error.code === 'SSH_TARGET_MISSING' ? t('tunnelService.targetMissing') : undefined}
          />
        )}
      </div>
    </>
  );
}

function Found({ status }: { status: TunnelServiceStatus }) {
  const { t } = useI18n();
  if (status.unsupported && status.state === 'notInstalled') {
    return <Failure error={status.unsupported} kind="attention" />;
  }
  const condition = tunnelServiceCondition(status);
  return (
    <>
      <p className="is-stated tunnel-state" role="status">
        <StateShape kind={shapes[condition]} />
        <strong>{t(`tunnelService.state.${condition}`)}</strong>
      </p>
      <Facts status={status} />
      {status.hasLegacy && <Remark>{t('tunnelService.legacy')}</Remark>}
      {status.targetNow !== null && (
        <Remark>
          {t('tunnelService.targetNow', {
            target: status.targetNow,
            installed: status.installed?.target ?? '',
          })}
        </Remark>
      )}
      {status.drift.length > 0 && <ServiceDrift drift={status.drift} />}
      {status.interrupted ? (
        <InterruptedChange interrupted={status.interrupted} />
      ) : (
        <ServiceActions status={status} />
      )}
    </>
  );
}

function Remark({ children }: { children: string }) {
  return (
    <p className="is-stated tunnel-remark">
      <StateShape kind="attention" />
      {children}
    </p>
  );
}

function Facts({ status }: { status: TunnelServiceStatus }) {
  const { t } = useI18n();
  const moment = useMoment();
  const { installed, pid, sinceMs, port } = status;
  if (!installed) return null;
  const { target, localPort, gatewayPort } = installed;
  const isElsewhere = port.holder !== null && !port.isService;
  return (
    <dl className="service-facts" aria-label={t('tunnelService.facts.label')}>
      <Fact name={t('tunnelService.facts.leads')}>
        {t('tunnelService.facts.route', { target, localPort, gatewayPort })}
      </Fact>
      {pid !== null && (
        <Fact name={t('tunnelService.facts.running')}>
          {sinceMs === null
            ? t('tunnelService.facts.process', { pid })
            : t('tunnelService.facts.since', { since: moment(sinceMs), pid })}
        </Fact>
      )}
      {status.lastExit && (
        <Fact name={t('tunnelService.facts.lastExit')}>
          <LastExit exit={status.lastExit} />
        </Fact>
      )}
      {isElsewhere && port.holder && (
        <Fact name={t('tunnelService.facts.port', { port: port.port })}>
          {t('tunnelService.facts.heldBy', port.holder)}
        </Fact>
      )}
      <Fact name={t('tunnelService.facts.keptBy')}>
        {t(`tunnelService.manager.${installed.manager}`)}
        <code className="fact-file">{installed.serviceFile}</code>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="tabular">{children}</dd>
    </div>
  );
}

function LastExit({ exit }: { exit: NonNullable<TunnelServiceStatus['lastExit']> }) {
  const { t } = useI18n();
  const { code, signal, reason } = exit;
  return (
    <>
      {signal !== null
        ? t('tunnelService.facts.exitSignal', { signal })
        : code !== null
          ? t('tunnelService.facts.exitCode', { code })
          : t('tunnelService.facts.exitUnknown')}
      {reason !== null && <code className="fact-file">{reason}</code>}
    </>
  );
}
