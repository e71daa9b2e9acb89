import { assertNever } from '../../../shared/assert-never.ts';
import type { ApprovalScope } from '../../stores/chat/approval-scope.ts';
import type { I18n } from '../../ui/i18n.tsx';

/** How far an action reaches, in a few words. Pure. */
export function scopeText(scope: ApprovalScope, { t, list }: Pick<I18n, 't' | 'list'>): string {
  switch (scope.kind) {
    case 'payment': {
      const { amount, currency, target } = scope;
      return t('approvals.scopes.payment', { amount, currency, target });
    }
    case 'message-send': {
      const { target, recipientCount: count, recipients, audience } = scope;
      // Those that are not named are told by the count.
      const names = recipients.length < count ? [...recipients, '…'] : recipients;
      return (
        t('approvals.scopes.message', { count, target }) +
        (audience ? t(`approvals.scopes.${audience}`) : '') +
        (recipients.length > 0 ? t('approvals.scopes.recipients', { names: list(names) }) : '')
      );
    }
    case 'external-post':
      return t(`approvals.scopes.${scope.visibility}`, { target: scope.target });
    case 'standing-grant': {
      const { automation, expiresInDays: count } = scope;
      return count === undefined
        ? t('approvals.scopes.always', { automation })
        : t('approvals.scopes.alwaysFor', { automation, count });
    }
    default:
      return assertNever(scope);
  }
}
