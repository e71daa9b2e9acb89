import { Clock } from 'lucide-react';
import { useChat, useChatActions } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';

type Translate = ReturnType<typeof useI18n>['t'];

/** Above the field: which messages wait for another Gateway than the one on the screen. */
export function WaitingElsewhere({ onTaken }: { onTaken: () => void }) {
  const { t } = useI18n();
  const elsewhere = useChat((chat) => chat.elsewhere);
  const { takeHere } = useChatActions();
  return (
    <div role="status">
      {elsewhere.map(({ scope, delivery, count }) => (
        <div key={`${scope} ${delivery}`} className="rewrite-note waiting-elsewhere">
          <Clock size={14} aria-hidden="true" />
          <p>
            {t(delivery === 'waiting' ? 'chat.elsewhere.waits' : 'chat.elsewhere.inDoubt', {
              count,
              gateway: gatewayName(scope, t),
            })}
          </p>
          <Button
            size="small"
            look="quiet"
            onClick={() => {
              takeHere({ scope, delivery });
              onTaken();
            }}
          >
            {t('chat.elsewhere.take', { count })}
          </Button>
        </div>
      ))}
    </div>
  );
}

/** As a person knows it; `scope` is the key of the snapshot, or names a mode whose Gateway is not known yet. */
function gatewayName(scope: string, t: Translate): string {
  switch (scope) {
    case 'local':
      return t('chat.elsewhere.own');
    case 'local:attached':
      return t('chat.elsewhere.installed');
    case 'unknown:local':
      return t('connection.localGateway');
    case 'unknown:remote':
      return t('connection.remoteGateway');
    default: {
      const ssh = /^(?:remote|ssh):(.*?)(?:#(\d+))?$/.exec(scope);
      if (!ssh) return URL.parse(scope)?.host ?? scope;
      const [, host = '', port] = ssh;
      return port === undefined ? host : t('chat.elsewhere.port', { host, port });
    }
  }
}
