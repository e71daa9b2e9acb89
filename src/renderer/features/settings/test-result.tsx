import type { TestReport } from '../../../shared/contract/requests.ts';
import type { Result } from '../../../shared/result.ts';
import { type MessageKey, useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { RemediedFailure } from '../connection/remedied-failure.tsx';

/** As `hello-ok` names them. */
const methodKeys: Record<string, MessageKey> = {
  token: 'settings.test.method.token',
  password: 'settings.test.method.password',
  'device-token': 'settings.test.method.device',
  none: 'settings.test.method.none',
};

/** Row R7: in plain words, whether the draft works. */
export function TestResult({ report, onRetry }: { report: Result<TestReport>; onRetry: () => void }) {
  const { t } = useI18n();
  if (!report.ok) {
    return (
      <div className="test-result">
        <RemediedFailure error={report.error} fixes={{ retry: onRetry }} />
      </div>
    );
  }
  const { gatewayVersion, authMethod, sshMs, gatewayMs } = report.value;
  const key = methodKeys[authMethod] ?? 'settings.test.method.other';
  return (
    <div className="test-result failure is-good">
      <StateShape kind="good" />
      <div className="failure-words">
        <p className="failure-title">{t('settings.test.passed')}</p>
        <p>
          {t(sshMs === null ? 'settings.test.passedDirect' : 'settings.test.passedBody', {
            version: gatewayVersion,
            method: t(key, { method: authMethod }),
            ssh: Math.round(sshMs ?? 0),
            gateway: Math.round(gatewayMs),
          })}
        </p>
      </div>
    </div>
  );
}
