import type { TunnelDrift } from '../../../shared/contract/tunnel-service.ts';
import { DiffView } from '../../ui/diff-view.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';

/** What is on disk other than Chela wrote it, as the change that a repair makes. */
export function ServiceDrift({ drift }: { drift: readonly TunnelDrift[] }) {
  const { t } = useI18n();
  return (
    <div className="tunnel-drift">
      <p className="is-stated tunnel-remark">
        <StateShape kind="attention" />
        <span>
          <strong>{t('tunnelService.drift.title', { count: drift.length })}</strong>{' '}
          {t('tunnelService.drift.body')}
        </span>
      </p>
      {drift.map(({ file, kind, diff }) => (
        <div key={file} className="file-change">
          <p className="file-change-name">{t(`tunnelService.drift.${kind}`, { file })}</p>
          {diff !== '' && <DiffView diff={diff} label={t('tunnelService.plan.diffLabel', { file })} />}
        </div>
      ))}
    </div>
  );
}
