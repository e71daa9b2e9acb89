import { whereOf } from '../../../shared/connection/connection-text.ts';
import { useSnapshot } from '../../stores/context.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { Mark } from '../../ui/mark.tsx';
import { useDelayed } from '../../ui/use-time.ts';

const skeletonAfterMs = 150;
const explainAfterMs = 2000;

/** What to say first. A press fills the field; sending stays with the person. */
export function EmptyConversation({ onSuggest }: { onSuggest: (text: string) => void }) {
  const { t } = useI18n();
  const suggestions = [t('chat.empty.first'), t('chat.empty.second'), t('chat.empty.third')];
  return (
    <div className="empty">
      <Mark shape="closed" size={32} />
      <h2>{t('chat.empty.title')}</h2>
      <p>{t('chat.empty.body')}</p>
      <ul>
        {suggestions.map((text) => (
          <li key={text}>
            <button type="button" onClick={() => onSuggest(text)}>
              {text}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** No history yet: it is being read, or it can't be read before Chela is connected. */
export function UnreadConversation() {
  const { t } = useI18n();
  const where = useSnapshot((snapshot) => whereOf(snapshot, t));
  const tag = useSnapshot((snapshot) => snapshot.connection.tag);
  const isHopeful = tag === 'connected' || tag === 'degraded' || tag === 'connecting';
  if (isHopeful) return <LoadingConversation where={where} />;
  return (
    <div className="empty">
      <Mark shape="open" size={32} />
      <p>{t('chat.empty.offline', { where })}</p>
    </div>
  );
}

/** Nothing at first, then the shape of a conversation, then what it waits for. */
function LoadingConversation({ where }: { where: string }) {
  const { t } = useI18n();
  const showShape = useDelayed(true, skeletonAfterMs);
  const showWords = useDelayed(true, explainAfterMs);
  if (!showShape) return null;
  return (
    <div className="skeleton" aria-busy="true">
      <div className="skeleton-user" />
      <div className="skeleton-line" />
      <div className="skeleton-line" />
      <div className="skeleton-line is-short" />
      <p role="status">
        {showWords ? t('chat.loadingSlow', { where }) : <span className="sr-only">{t('chat.loading')}</span>}
      </p>
    </div>
  );
}
