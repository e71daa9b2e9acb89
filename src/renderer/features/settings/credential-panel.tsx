import { useEffect, useId, useState } from 'react';
import type { CallExplanation, CredentialReport } from '../../../shared/contract/credentials.ts';
import type { TrailEntry } from '../../../shared/credentials/candidates.ts';
import { formatCandidate, formatOrigin } from '../../../shared/credentials/format-origin.ts';
import type { Translate } from '../../../shared/errors.ts';
import type { Result } from '../../../shared/result.ts';
import { useRequest, useSnapshot } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { Failure } from '../connection/failure.tsx';
import './credential-panel.css';

/** "Which credential is used": the winner, the others, where each stands and why. Values never reach the page. */
export function CredentialPanel() {
  const { t } = useI18n();
  const titleId = useId();
  const { report, look } = useReport();
  return (
    <section className="credentials" aria-labelledby={titleId} aria-busy={report === null}>
      <div className="section-head">
        <h3 id={titleId}>{t('credentials.panel.title')}</h3>
        <Button look="quiet" onClick={look} disabled={report === null}>
          {t('credentials.panel.again')}
        </Button>
      </div>
      {report === null && <p className="section-note">{t('credentials.panel.looking')}</p>}
      {report && !report.ok && <Failure error={report.error} />}
      {report?.ok && <Report report={report.value} />}
    </section>
  );
}

function Report({ report }: { report: CredentialReport }) {
  const { t, translate, list } = useI18n();
  const app = report.calls.find(({ path }) => path === 'app');
  const probe = report.calls.find(({ path }) => path === 'probe');
  if (!app) return null;
  const probeName = probe ? nameOf(probe, translate) : null;
  const set = app.trail.filter(({ verdict }) => verdict !== 'absent');
  const unset = app.trail.filter(
    ({ verdict, name }) => verdict === 'absent' && !name.startsWith('explicit.'),
  );
  return (
    <>
      <Outcome call={app} isLocal={report.mode === 'local'} />
      {set.length > 0 && (
        <ul className="credentials-list" aria-label={t('credentials.panel.candidates')}>
          {set.map((entry) => (
            <Candidate key={entry.name} entry={entry} />
          ))}
        </ul>
      )}
      {probeName !== nameOf(app, translate) && (
        <p className="section-note">
          {probeName === null
            ? t('credentials.panel.probeNone')
            : t('credentials.panel.probeOther', { name: probeName })}
        </p>
      )}
      {unset.length > 0 && (
        <p className="section-note">
          {t('credentials.panel.unset', {
            names: list(unset.map(({ name }) => formatCandidate(name, translate))),
          })}
        </p>
      )}
    </>
  );
}

function Outcome({ call, isLocal }: { call: CallExplanation; isLocal: boolean }) {
  const { t } = useI18n();
  const { outcome } = call;
  if (outcome.tag === 'refused') return <Failure error={outcome.error} />;
  if (outcome.tag === 'none') {
    return <p>{t(isLocal ? 'credentials.panel.noneLocal' : 'credentials.panel.noneRemote')}</p>;
  }
  return <p>{t(`credentials.panel.${outcome.kind}`)}</p>;
}

function Candidate({ entry }: { entry: TrailEntry }) {
  const { t, translate } = useI18n();
  const { name, verdict, why, origin } = entry;
  return (
    <li className="credential" data-verdict={verdict}>
      <span className="credential-verdict">{t(`credentials.verdict.${verdict}`)}</span>
      <span className="credential-text">
        <span className="credential-name">{formatCandidate(name, translate)}</span>
        {origin && <span className="credential-origin">{formatOrigin(origin, translate, name)}</span>}
        <span className="credential-why">{t(`credentials.why.${why}`)}</span>
      </span>
    </li>
  );
}

function nameOf({ outcome }: CallExplanation, t: Translate): string | null {
  return outcome.tag === 'use' ? formatCandidate(outcome.name, t) : null;
}

/** Asked again whenever the settings change: then other files and another mode count. */
function useReport(): { report: Result<CredentialReport> | null; look: () => void } {
  const request = useRequest();
  const settings = useSnapshot((snapshot) => snapshot.settings);
  const [asked, setAsked] = useState(0);
  const [report, setReport] = useState<Result<CredentialReport> | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the settings and the button decide when to look again
  useEffect(() => {
    let isWanted = true;
    void request('credentials.explain', {}).then((result) => {
      if (isWanted) setReport(result);
    });
    return () => {
      isWanted = false;
    };
  }, [request, settings, asked]);
  return {
    report,
    look() {
      setReport(null);
      setAsked(asked + 1);
    },
  };
}
