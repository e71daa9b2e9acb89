import { ChevronDown, ChevronUp, X } from 'lucide-react';
import type { Ref } from 'react';
import { useChat, useChatActions } from '../../stores/context.tsx';
import { IconButton } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { isForInputMethod, isSubmitEnter } from '../../ui/ime.ts';
import './find.css';

/** Finds words in the whole conversation; what is not loaded is read meanwhile. */
export function FindBar({ field, onClose }: { field: Ref<HTMLInputElement>; onClose: () => void }) {
  const { t } = useI18n();
  const find = useChat((chat) => chat.find);
  const actions = useChatActions();
  if (!find) return null;
  const close = () => {
    actions.find(null);
    onClose();
  };
  const { query, matches, at, isReading, isPartial } = find;
  const count =
    at !== null
      ? t('chat.find.count', { at: at + 1, count: matches.length })
      : query.trim() !== '' && !isReading && t(isPartial ? 'chat.find.noneLoaded' : 'chat.find.none');
  return (
    <search className="find">
      <input
        ref={field}
        className="input"
        type="search"
        value={query}
        // biome-ignore lint/a11y/noAutofocus: the person has just asked to search
        autoFocus
        aria-label={t('chat.find.label')}
        placeholder={t('chat.find.label')}
        onChange={(event) => actions.find(event.target.value)}
        onKeyDown={(event) => {
          if (isForInputMethod(event.nativeEvent)) return;
          if (event.key === 'Enter' && event.shiftKey) actions.findStep(-1);
          if (isSubmitEnter(event.nativeEvent)) actions.findStep(1);
          if (event.key !== 'Escape') return;
          event.preventDefault();
          close();
        }}
      />
      <span role="status" className="find-count">
        {[count, isReading && t('chat.find.reading')].filter(Boolean).join(' · ')}
      </span>
      <IconButton
        label={t('chat.find.previous')}
        icon={<ChevronUp size={16} />}
        disabled={at === null}
        onClick={() => actions.findStep(-1)}
      />
      <IconButton
        label={t('chat.find.next')}
        icon={<ChevronDown size={16} />}
        disabled={at === null}
        onClick={() => actions.findStep(1)}
      />
      <IconButton label={t('chat.find.close')} icon={<X size={16} />} onClick={close} />
    </search>
  );
}
