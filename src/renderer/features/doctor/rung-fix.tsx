import { assertNever } from '../../../shared/assert-never.ts';
import type { DoctorStep } from '../../../shared/contract/doctor.ts';
import type { DoctorFixText } from '../../../shared/doctor-text.ts';
import { useDoctorActions, useRequest, useSnapshot } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { CommandLine } from '../../ui/command-line.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { type Remedy, remedyOf, remedyText } from '../connection/remedy.ts';
import { RemedyButton } from '../connection/remedy-button.tsx';
import { useWindows } from '../shell/windows.ts';

type RungFixProps = { step: DoctorStep; fix: DoctorFixText };

/** The one thing to do about a failed rung: a sentence, then a command to copy or a button, or both. */
export function RungFix({ step, fix }: RungFixProps) {
  const { t } = useI18n();
  const remedy = useRemedy(step);
  return (
    <div className="rung-fix">
      <p>{(remedy && remedyText(remedy, t)) ?? fix.sentence}</p>
      {fix.command && (
        <>
          {/* Beside a button, the sentence says where. */}
          {fix.action === null && <p className="rung-where">{t(`connection.ladder.${fix.command.where}`)}</p>}
          <CommandLine line={fix.command.line} />
        </>
      )}
      {fix.action !== null && <FixButton step={step} action={fix.action} />}
    </div>
  );
}

type FixButtonProps = { step: DoctorStep; action: NonNullable<DoctorFixText['action']> };

function FixButton({ step, action }: FixButtonProps) {
  const { t } = useI18n();
  const request = useRequest();
  const windows = useWindows();
  const { run } = useDoctorActions();
  const isDown = useSnapshot(
    ({ connection }) => connection.tag === 'failed' || connection.tag === 'reconnecting',
  );
  const remedy = useRemedy(step);
  switch (action) {
    case 'retry':
      return (
        <Button
          onClick={() => {
            // What was put right for the ladder is right for the connection, too.
            if (isDown) void request('connection.retry', {});
            void run();
          }}
        >
          {t('connection.tryAgain')}
        </Button>
      );
    case 'openSettings':
      return (
        <div className="failure-actions">
          {remedy && <RemedyButton remedy={remedy} />}
          <Button onClick={windows.openSettings}>{t('connection.openSettings')}</Button>
        </div>
      );
    case 'reviewHostKey':
      return <RemedyButton remedy={{ kind: 'compareKeys' }} />;
    case 'approvePairing':
      return remedy && <RemedyButton remedy={remedy} />;
    case 'useOpenssh':
      return <RemedyButton remedy={{ kind: 'useOpenssh', patch: { remote: { engine: 'openssh' } } }} />;
    default:
      return assertNever(action);
  }
}

function useRemedy({ error }: DoctorStep): Remedy | null {
  const mode = useSnapshot((snapshot) => snapshot.mode);
  const settings = useSnapshot((snapshot) => snapshot.settings);
  const hostKeyChange = useSnapshot((snapshot) => snapshot.hostKeyChange);
  return error && remedyOf(error, { mode, settings, hostKeyChange });
}
