import type { Approval, Decision } from '../../stores/chat/approvals.ts';
import type { Waiting } from '../../stores/chat/waiting-list.ts';
import { useApprovals, useStores } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { Code } from '../../ui/markdown/code.tsx';
import { plainText } from '../../ui/markdown/plain-text.ts';
import { CardError, CardHead, Elsewhere, useFocusKept } from './waiting-card.tsx';

type ApprovalCardsProps = {
  /** What had the focus is gone, or can't be pressed any more. */
  onFocusLost: () => void;
};

/** Commands that wait for a person, above the field until they are decided. No button has the focus by itself. */
export function ApprovalCards({ onFocusLost }: ApprovalCardsProps) {
  const { t } = useI18n();
  const pending = useApprovals((state) => state.pending);
  const isConnected = useApprovals((state) => state.isConnected);
  const { decide } = useStores().chat.approvals;
  return (
    <section className="approvals" aria-label={t('approvals.label')} aria-live="polite">
      {pending.map((approval) => (
        <ApprovalCard
          key={approval.id}
          approval={approval}
          isConnected={isConnected}
          onFocusLost={onFocusLost}
          onDecide={(decision) => {
            void decide(approval.id, decision);
            onFocusLost();
          }}
        />
      ))}
    </section>
  );
}

type ApprovalCardProps = {
  approval: Waiting<Approval>;
  isConnected: boolean;
  onFocusLost: () => void;
  onDecide: (decision: Decision) => void;
};

function ApprovalCard({ approval, isConnected, onFocusLost, onDecide }: ApprovalCardProps) {
  const { t } = useI18n();
  const card = useFocusKept<HTMLElement>(onFocusLost);
  const isOnGateway = approval.host === 'gateway';
  return (
    <article ref={card} className="approval" aria-label={t('approvals.title')}>
      <CardHead title={t('approvals.title')} untilMs={approval.expiresAtMs} />
      <Elsewhere sessionKey={approval.sessionKey} />
      <Code text={plainText(approval.command)} language="bash" title={t('approvals.command')} isWrapped />
      <dl>
        <dt>{t('approvals.host')}</dt>
        <dd>{isOnGateway ? t('approvals.gateway') : plainText(approval.host)}</dd>
        {approval.cwd !== null && (
          <>
            <dt>{t('approvals.directory')}</dt>
            <dd className="mono">{plainText(approval.cwd)}</dd>
          </>
        )}
        {approval.agentId !== null && (
          <>
            <dt>{t('approvals.agent')}</dt>
            <dd>{plainText(approval.agentId)}</dd>
          </>
        )}
      </dl>
      {approval.warning !== null && <p className="approval-warning">{plainText(approval.warning)}</p>}
      <CardError error={approval.error} />
      <footer>
        {approval.allowed.map((decision) => (
          <Button
            key={decision}
            size="small"
            look={decision === 'deny' ? 'danger' : 'plain'}
            disabled={!isConnected || approval.isSettling}
            onClick={() => onDecide(decision)}
          >
            {t(`approvals.${decision}`)}
          </Button>
        ))}
        {!isConnected && <span className="approval-note">{t('approvals.offline')}</span>}
      </footer>
    </article>
  );
}
