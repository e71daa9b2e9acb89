import type { SettingsPatch } from '../../../shared/config/settings.ts';
import type { Snapshot } from '../../../shared/contract/snapshot.ts';
import { isRequestId } from '../../../shared/doctor-text.ts';
import type { AppError } from '../../../shared/errors.ts';
import type { useI18n } from '../../ui/i18n.tsx';
import { type CertificateReview, certificateReviewOf } from './certificate-review.ts';

type T = ReturnType<typeof useI18n>['t'];

/** What one press can do about an error, beyond trying again and opening Settings. */
export type Remedy =
  | { kind: 'compareKeys' }
  | { kind: 'compareCertificates'; review: CertificateReview }
  | { kind: 'usePort'; port: number; patch: SettingsPatch }
  | { kind: 'useOpenssh'; patch: SettingsPatch }
  /** `overSsh`: Chela can run the command itself, in Remote mode. */
  | { kind: 'approvePairing'; requestId: string; overSsh: boolean };

/** The one place that knows which error has which remedy. Null: none of these. Pure. */
export function remedyOf(
  error: AppError,
  { mode, settings, hostKeyChange }: Pick<Snapshot, 'mode' | 'settings' | 'hostKeyChange'>,
): Remedy | null {
  const review = certificateReviewOf(error);
  if (review) return { kind: 'compareCertificates', review };
  const { requestId, port } = error.details ?? {};
  // One that runs on another port is used by going there: no port lets a second one in beside it (R5).
  const isElsewhere = error.code === 'GATEWAY_RUNS_ALREADY' && port !== settings.local.port.value;
  const suggestedPort = isElsewhere ? port : error.details?.suggestedPort;
  switch (error.code) {
    case 'SSH_HOST_KEY_CHANGED':
      // Where only the system's ssh can speak to the server, nobody has seen the new key itself.
      return settings.remote.engine.value === 'openssh' && hostKeyChange === null
        ? null
        : { kind: 'compareKeys' };
    case 'SSH_NEEDS_OPENSSH':
      return { kind: 'useOpenssh', patch: { remote: { engine: 'openssh' } } };
    case 'GATEWAY_PAIRING_REQUIRED':
      // It comes from another computer and becomes part of a command.
      return isRequestId(requestId)
        ? {
            kind: 'approvePairing',
            requestId,
            overSsh: mode === 'remote' && settings.remote.transport.value === 'ssh',
          }
        : null;
    default:
      // 0: none of those that were tried is free.
      if (typeof suggestedPort !== 'number' || !Number.isInteger(suggestedPort) || suggestedPort < 1)
        return null;
      return {
        kind: 'usePort',
        port: suggestedPort,
        patch:
          mode === 'remote' ? { remote: { localPort: suggestedPort } } : { local: { port: suggestedPort } },
      };
  }
}

/** What to do, where Chela can do better than the error's own sentence says. Pure. */
export function remedyText(remedy: Remedy, t: T): string | undefined {
  switch (remedy.kind) {
    case 'compareKeys':
      return t('connection.remedy.compareFix');
    case 'approvePairing':
      return t(remedy.overSsh ? 'connection.remedy.approveFix' : 'connection.remedy.approveFixHere');
    default:
      return undefined;
  }
}
