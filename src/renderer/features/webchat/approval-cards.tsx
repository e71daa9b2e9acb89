import { Fragment, type ReactNode } from 'react';
import { revealed, revealedLine } from '../../../shared/printable.ts';
import type {
  Approval,
  CommandApproval,
  Decision,
  PluginApproval,
  SystemApproval,
} from '../../stores/chat/approvals.ts';
import type { Waiting } from '../../stores/chat/waiting-list.ts';
import {
  useApprovals,
  useNodeName,
  usePluginApprovals,
  useStores,
  useSystemApprovals,
} from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { Code } from '../../ui/markdown/code.tsx';
import { foldedAtGaps } from './approval-gaps.ts';
import { scopeText } from './approval-scope-text.ts';
import { useFocusKept } from './use-focus-kept.ts';
import { CardError, CardHead, Elsewhere } from './waiting-card.tsx';

type ApprovalCardsProps = {
  /** What had the focus is gone, or can't be pressed any more. */
  onFocusLost: () => void;
};

/** What waits for a decision, above the field until there is one. No button has the focus by itself. */
export function ApprovalCards({ onFocusLost }: ApprovalCardsProps) {
  const { t } = useI18n();
  const commands = useApprovals((state) => state.pending);
  const actions = usePluginApprovals((state) => state.pending);
  const changes = useSystemApprovals((state) => state.pending);
  // The lists are on one connection.
  const isConnected = useApprovals((state) => state.isConnected);
  const { approvals, pluginApprovals, systemApprovals } = useStores().chat;
  const card = (approval: Waiting<Approval>, { decide }: Pick<typeof approvals, 'decide'>) => ({
    isConnected,
    onFocusLost,
    onDecide(decision: Decision) {
      void decide(approval.id, decision);
      onFocusLost();
    },
  });
  return (
    <section className="approvals" aria-label={t('approvals.label')} aria-live="polite">
      {commands.map((approval) => (
        <CommandCard key={approval.id} approval={approval} {...card(approval, approvals)} />
      ))}
      {actions.map((approval) => (
        <PluginCard key={approval.id} approval={approval} {...card(approval, pluginApprovals)} />
      ))}
      {changes.map((approval) => (
        <SystemCard key={approval.id} approval={approval} {...card(approval, systemApprovals)} />
      ))}
    </section>
  );
}

type CardProps<T extends Approval> = {
  approval: Waiting<T>;
  isConnected: boolean;
  onFocusLost: () => void;
  onDecide: (decision: Decision) => void;
};

function CommandCard(props: CardProps<CommandApproval>) {
  const { t } = useI18n();
  const { command, cwd, warning } = props.approval;
  const place = usePlace(props.approval);
  return (
    <ApprovalCard
      {...props}
      title={t('approvals.title')}
      facts={
        <>
          <Fact label={t('approvals.host')} text={place} />
          {cwd !== null && (
            <>
              <dt>{t('approvals.directory')}</dt>
              <dd className="mono">{revealedLine(cwd)}</dd>
            </>
          )}
        </>
      }
      warning={warning}
    >
      <Whole text={command}>
        {(part) => <Code text={part} language="bash" title={t('approvals.command')} isWrapped />}
      </Whole>
    </ApprovalCard>
  );
}

/** A node may call itself anything: its id stands beside its name. */
function usePlace({ host, nodeId }: CommandApproval): string {
  const { t } = useI18n();
  const name = useNodeName(nodeId);
  if (nodeId === null) return host === 'gateway' ? t('approvals.gateway') : host;
  const id = nodeId.length > 16 ? `${nodeId.slice(0, 12)}…` : nodeId;
  return name === null ? t('approvals.node', { id }) : t('approvals.namedNode', { name, id });
}

function PluginCard(props: CardProps<PluginApproval>) {
  const { t } = useI18n();
  const { title, description, detail, severity, pluginId, toolName } = props.approval;
  return (
    <ApprovalCard
      {...props}
      title={t('approvals.pluginTitle')}
      facts={
        <>
          <Fact label={t('approvals.plugin')} text={pluginId} />
          <Fact label={t('approvals.tool')} text={toolName} />
          <dt>{t('approvals.severity')}</dt>
          <dd className={severity === 'critical' ? 'is-critical' : undefined}>
            {t(`approvals.severities.${severity}`)}
          </dd>
        </>
      }
      warning={null}
    >
      <p className="approval-subject" dir="auto">
        {revealedLine(title)}
      </p>
      <Whole text={description}>
        {(part) => (
          <p className="approval-description" dir="auto">
            {part}
          </p>
        )}
      </Whole>
      {detail !== null && (
        <Whole text={detail}>
          {(part) => <Code text={part} language="" title={t('approvals.detail')} isWrapped />}
        </Whole>
      )}
    </ApprovalCard>
  );
}

function SystemCard(props: CardProps<SystemApproval>) {
  const { t } = useI18n();
  return (
    <ApprovalCard {...props} title={t('approvals.systemTitle')} facts={null} warning={null}>
      <Whole text={props.approval.change}>
        {(part) => <Code text={part} language="" title={t('approvals.change')} isWrapped />}
      </Whole>
    </ApprovalCard>
  );
}

type ApprovalCardProps = CardProps<Approval> & {
  title: string;
  /** Rows of a list of terms. */
  facts: ReactNode;
  warning: string | null;
  /** What shall be done, in full. */
  children: ReactNode;
};

function ApprovalCard(props: ApprovalCardProps) {
  const { approval, title, facts, warning, isConnected, onFocusLost, onDecide, children } = props;
  const i18n = useI18n();
  const { t } = i18n;
  const card = useFocusKept<HTMLElement>(onFocusLost);
  const { scope } = approval;
  return (
    <article ref={card} className="approval" aria-label={title}>
      <CardHead title={title} untilMs={approval.expiresAtMs} />
      <Elsewhere sessionKey={approval.sessionKey} />
      {children}
      <dl>
        {scope && <Fact label={t('approvals.scope')} text={scopeText(scope, i18n)} />}
        {facts}
        <Fact label={t('approvals.agent')} text={approval.agentId} />
      </dl>
      {warning !== null && <p className="approval-warning">{revealed(warning)}</p>}
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

type WholeProps = { text: string; children: (part: string) => ReactNode };

/** All of it, above the buttons: what can't be seen by its number, and many empty lines by how many they are. */
function Whole({ text, children }: WholeProps) {
  const { t } = useI18n();
  return foldedAtGaps(revealed(text)).map(({ at, emptyLines, part }) => (
    <Fragment key={at}>
      {emptyLines > 0 && <p className="approval-note">{t('approvals.emptyLines', { count: emptyLines })}</p>}
      {part !== '' && children(part)}
    </Fragment>
  ));
}

function Fact({ label, text }: { label: string; text: string | null }) {
  if (text === null) return null;
  return (
    <>
      <dt>{label}</dt>
      <dd>{revealedLine(text)}</dd>
    </>
  );
}
