import { useState } from 'react';
import type { Locale, Theme } from '../../../shared/config/settings.ts';
import type { AppError } from '../../../shared/errors.ts';
import { useRequest, useSnapshot } from '../../stores/context.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { SegmentedChoice } from '../../ui/segmented.tsx';
import { Failure } from '../connection/failure.tsx';

/** Takes effect at once: there is nothing to lose by trying. */
export function AppearanceSettings() {
  const { t } = useI18n();
  const request = useRequest();
  const { theme, language } = useSnapshot((snapshot) => snapshot.settings.appearance);
  const [error, setError] = useState<AppError | null>(null);

  const change = async (appearance: { theme?: Theme; language?: Locale | null }) => {
    const result = await request('settings.save', { patch: { appearance } });
    setError(result.ok ? null : result.error);
  };

  return (
    <section className="settings-section" aria-labelledby="appearance">
      <h2 id="appearance">{t('settings.appearance')}</h2>
      <div className="row">
        <span className="row-label">{t('settings.theme.label')}</span>
        <SegmentedChoice<Theme>
          label={t('settings.theme.label')}
          value={theme}
          options={[
            { value: 'system', label: t('settings.theme.system') },
            { value: 'light', label: t('settings.theme.light') },
            { value: 'dark', label: t('settings.theme.dark') },
          ]}
          onChange={(value) => void change({ theme: value })}
        />
      </div>
      <div className="row">
        <span className="row-label">{t('settings.language.label')}</span>
        <SegmentedChoice<Locale | 'system'>
          label={t('settings.language.label')}
          value={language ?? 'system'}
          options={[
            { value: 'system', label: t('settings.language.system') },
            { value: 'en', label: t('settings.language.en') },
            { value: 'zh-Hant', label: t('settings.language.zhHant') },
          ]}
          onChange={(value) => void change({ language: value === 'system' ? null : value })}
        />
      </div>
      {error && <Failure error={error} />}
    </section>
  );
}
