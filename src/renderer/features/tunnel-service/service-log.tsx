import { useCallback, useEffect, useRef, useState } from 'react';
import type { Result } from '../../../shared/result.ts';
import { useRequest } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { scrollable } from '../../ui/scrollable.ts';
import { Failure } from '../connection/failure.tsx';

const LINES = 200;

type Log = { source: string; lines: string[] };

/** The end of what the service wrote, to read and to copy. */
export function ServiceLog({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const request = useRequest();
  const [log, setLog] = useState<Result<Log> | null>(null);
  const read = useCallback(
    async () => setLog(await request('tunnelService.log', { lines: LINES })),
    [request],
  );
  useEffect(() => void read(), [read]);
  const end = useRef<HTMLElement>(null);
  useEffect(() => {
    if (log?.ok && end.current) end.current.scrollTop = end.current.scrollHeight;
  }, [log]);
  if (log === null) return null;
  if (!log.ok) return <Failure error={log.error} />;
  const { source, lines } = log.value;
  return (
    <div className="tunnel-log">
      <div className="tunnel-log-head">
        <p className="section-note">{t('tunnelService.log.source', { source })}</p>
        {lines.length > 0 && <CopyButton text={lines.join('\n')} label={t('tunnelService.log.copy')} />}
      </div>
      {lines.length === 0 ? (
        <p>{t('tunnelService.log.empty')}</p>
      ) : (
        <section className="log-lines" aria-label={t('tunnelService.log.title')} ref={end} {...scrollable}>
          <pre>{lines.join('\n')}</pre>
        </section>
      )}
      <div className="form-actions">
        <Button onClick={() => void read()}>{t('tunnelService.log.refresh')}</Button>
        <Button look="quiet" onClick={onClose}>
          {t('tunnelService.log.close')}
        </Button>
      </div>
    </div>
  );
}
