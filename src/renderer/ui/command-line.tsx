import { CopyButton } from './copy-button.tsx';
import { useI18n } from './i18n.tsx';

/** A command to copy and run elsewhere. */
export function CommandLine({ line }: { line: string }) {
  const { t } = useI18n();
  return (
    <p className="command">
      <code>{line}</code>
      <CopyButton text={line} label={t('connection.remedy.copyCommand')} />
    </p>
  );
}
