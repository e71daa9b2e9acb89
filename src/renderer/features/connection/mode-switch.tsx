import type { Mode } from '../../../shared/config/settings.ts';
import { modeKeyOf } from '../../../shared/connection/connection-text.ts';
import { useRequest, useSnapshot } from '../../stores/context.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { SegmentedSwitch } from '../../ui/segmented.tsx';

/** Switches at once; without a target there is nowhere to go, so Settings asks for one first. */
export function useSwitchMode(onTargetMissing: () => void): (mode: Mode) => void {
  const request = useRequest();
  const hasTarget = useSnapshot(({ settings: { remote } }) => {
    const target = remote.transport.value === 'direct' ? remote.url : remote.sshTarget;
    return target.value !== '';
  });
  return (mode) => {
    if (mode === 'remote' && !hasTarget) onTargetMissing();
    else void request('connection.setMode', { mode });
  };
}

export function ModeSwitch({ onTargetMissing }: { onTargetMissing: () => void }) {
  const { t } = useI18n();
  const mode = useSnapshot((snapshot) => snapshot.mode);
  const remote = useSnapshot(({ settings }) => modeKeyOf('remote', settings));
  const switchMode = useSwitchMode(onTargetMissing);
  return (
    <SegmentedSwitch<Mode>
      label={t('connection.mode.label')}
      options={[
        { value: 'local', label: t('connection.mode.local') },
        { value: 'remote', label: t(`connection.mode.${remote}`) },
      ]}
      value={mode}
      onChange={switchMode}
    />
  );
}
