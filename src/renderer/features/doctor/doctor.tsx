import { ArrowLeft } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { doctorRungs } from '../../../shared/contract/doctor.ts';
import { useDoctor, useDoctorActions, useSnapshot } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { Failure } from '../connection/failure.tsx';
import { StatusLine } from '../connection/status-line.tsx';
import type { DoctorOrigin } from '../shell/route-address.ts';
import { useShortcuts } from '../shell/shortcuts.ts';
import { useWindows } from '../shell/windows.ts';
import { ReportCopy } from './report-copy.tsx';
import { Rung } from './rung.tsx';
import { useVerdict } from './verdict.ts';
import './doctor.css';

/** The ladder from the network to the Gateway. It begins to climb as soon as the screen is opened. */
export function Doctor({ from }: { from: DoctorOrigin }) {
  const { t } = useI18n();
  const windows = useWindows();
  const actions = useDoctorActions();
  const phase = useDoctor((state) => state.phase);
  const steps = useDoctor((state) => state.steps);
  const verdict = useVerdict();
  const title = useRef<HTMLHeadingElement>(null);
  const leave = () => windows.leaveDoctor(from);
  const isClimbing = phase.tag === 'starting' || phase.tag === 'running';

  useEffect(() => {
    title.current?.focus();
    void actions.run();
  }, [actions]);
  useShortcuts({ back: leave, settings: windows.openSettings });

  const rungs = useSnapshot(
    ({ mode, settings }) => doctorRungs[mode === 'remote' ? settings.remote.transport.value : 'ssh'],
  );
  return (
    <div className="settings doctor">
      <header className="bar">
        <StatusLine />
        <div className="bar-tools">
          <Button look="quiet" onClick={leave}>
            <ArrowLeft size={14} aria-hidden="true" />
            {t('connection.ladder.back')}
          </Button>
        </div>
      </header>
      <main className="settings-main">
        <div className="doctor-head">
          <h1 ref={title} tabIndex={-1}>
            {t('connection.ladder.title')}
          </h1>
          {isClimbing ? (
            <Button disabled={phase.tag === 'starting'} onClick={() => void actions.stop()}>
              {t('connection.ladder.stop')}
            </Button>
          ) : (
            <Button onClick={() => void actions.run()}>{t('connection.ladder.run')}</Button>
          )}
        </div>
        <p className="doctor-verdict" role="status">
          {verdict && <StateShape kind={verdict.shape} />}
          {verdict?.text ?? t('connection.ladder.body')}
        </p>
        {phase.tag === 'failed' && (
          <div className="banner" role="alert">
            <Failure error={phase.error} />
          </div>
        )}
        <ol className="ladder" aria-label={t('connection.ladder.label')} aria-busy={isClimbing}>
          {rungs.map((id, at) => (
            <Rung
              key={id}
              id={id}
              step={steps.find((step) => step.id === id) ?? null}
              below={steps.find((step) => step.id === rungs[at - 1]) ?? null}
            />
          ))}
        </ol>
        <ReportCopy isReady={!isClimbing && steps.length > 0} />
      </main>
    </div>
  );
}
