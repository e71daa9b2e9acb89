import type { ComponentProps } from 'react';
import { approvalCommand } from '../../../shared/doctor-text.ts';
import { useSnapshot } from '../../stores/context.tsx';
import { CommandLine } from '../../ui/command-line.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { Failure } from './failure.tsx';
import { remedyOf, remedyText } from './remedy.ts';
import { RemedyButton } from './remedy-button.tsx';

type RemediedFailureProps = Omit<ComponentProps<typeof Failure>, 'fixText' | 'first' | 'children'>;

/** A {@link Failure} with what Chela itself can do about it. */
export function RemediedFailure(props: RemediedFailureProps) {
  const { t } = useI18n();
  const mode = useSnapshot((snapshot) => snapshot.mode);
  const settings = useSnapshot((snapshot) => snapshot.settings);
  const hostKeyChange = useSnapshot((snapshot) => snapshot.hostKeyChange);
  const remedy = remedyOf(props.error, { mode, settings, hostKeyChange });
  if (!remedy) return <Failure {...props} />;
  const command = remedy.kind === 'approvePairing' ? approvalCommand(remedy.requestId) : null;
  return (
    <Failure {...props} fixText={remedyText(remedy, t)} first={<RemedyButton remedy={remedy} />}>
      {command !== null && <CommandLine line={command} />}
    </Failure>
  );
}
