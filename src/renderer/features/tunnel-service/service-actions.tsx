import { useRef, useState } from 'react';
import type { TunnelChange, TunnelServiceStatus } from '../../../shared/contract/tunnel-service.ts';
import { useTunnelService, useTunnelServiceActions } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { ServiceLog } from './service-log.tsx';

/** What can be done about the service. Buttons are never `disabled`, so that the focus stays on the one pressed. */
export function ServiceActions({ status }: { status: TunnelServiceStatus }) {
  const { t } = useI18n();
  const actions = useTunnelServiceActions();
  const busy = useTunnelService((state) => state.busy);
  const phase = useTunnelService((state) => state.phase);
  const opened = useTunnelService((state) => state.opened);
  const [isLogOpen, setIsLogOpen] = useState(false);
  const logButton = useRef<HTMLButtonElement>(null);
  const { state, installed, drift, targetNow } = status;
  const isBusy = busy !== null || phase.tag === 'looking';
  const plan = (what: TunnelChange, words: string, look: 'primary' | 'plain' | 'quiet') => (
    <Button
      look={look}
      data-lands={what === opened ? '' : undefined}
      aria-disabled={isBusy}
      onClick={() => isBusy || void actions.plan(what)}
    >
      {phase.tag === 'looking' && phase.what === what ? t('tunnelService.action.looking') : words}
    </Button>
  );
  const control = (action: 'start' | 'stop' | 'restart') => (
    <Button aria-disabled={isBusy} onClick={() => isBusy || void actions.control(action)}>
      {t(`tunnelService.action.${action}`)}
    </Button>
  );
  if (!installed) {
    return <div className="form-actions">{plan('install', t('tunnelService.action.show'), 'plain')}</div>;
  }
  return (
    <>
      <div className="form-actions">
        {targetNow !== null
          ? plan('repair', t('tunnelService.action.update'), 'primary')
          : drift.length > 0 && plan('repair', t('tunnelService.action.repair'), 'primary')}
        {state === 'stopped' ? (
          control('start')
        ) : (
          <>
            {control('restart')}
            {control('stop')}
          </>
        )}
        <Button ref={logButton} aria-expanded={isLogOpen} onClick={() => setIsLogOpen(!isLogOpen)}>
          {t('tunnelService.action.log')}
        </Button>
        {plan('uninstall', t('tunnelService.action.remove'), 'quiet')}
      </div>
      {isLogOpen && (
        <ServiceLog
          onClose={() => {
            setIsLogOpen(false);
            logButton.current?.focus();
          }}
        />
      )}
    </>
  );
}
