import { Menu } from '@base-ui/react/menu';
import { MoreHorizontal } from 'lucide-react';
import { useState } from 'react';
import { useChatActions, useSessionsActions } from '../../stores/context.tsx';
import type { SessionItem } from '../../stores/sessions/session-rows.ts';
import { useI18n } from '../../ui/i18n.tsx';
import { MenuPortal } from '../../ui/menu-portal.tsx';
import { saveFile } from '../../ui/save-file.ts';

type SessionMenuProps = { item: SessionItem; title: string; isActive: boolean; onRename: () => void };

export function SessionMenu({ item, title, isActive, onRename }: SessionMenuProps) {
  const { t } = useI18n();
  const actions = useSessionsActions();
  const chat = useChatActions();
  const [trigger, setTrigger] = useState<HTMLElement | null>(null);
  const { key } = item;
  const save = async (format: 'markdown' | 'json') => {
    const text = await chat.exportAs(format, { you: t('chat.you'), assistant: t('chat.assistant') });
    if (text === null) return;
    const content = new Blob([text], { type: 'text/plain;charset=utf-8' });
    saveFile(`${title}.${format === 'markdown' ? 'md' : 'json'}`, content);
  };
  return (
    <Menu.Root>
      <Menu.Trigger
        ref={setTrigger}
        className="icon-button session-more"
        aria-label={t('sessions.more', { title })}
      >
        <MoreHorizontal size={16} aria-hidden="true" />
      </Menu.Trigger>
      <MenuPortal trigger={trigger}>
        <Menu.Positioner className="popup-layer" sideOffset={4} align="end">
          <Menu.Popup className="popup session-menu">
            <MenuLine label={t('sessions.rename')} onClick={onRename} />
            <MenuLine
              label={t(item.isPinned ? 'sessions.unpin' : 'sessions.pin')}
              onClick={() => actions.setPinned(key, !item.isPinned)}
            />
            {!item.isMain && (
              <MenuLine
                label={t(item.isArchived ? 'sessions.unarchive' : 'sessions.archive')}
                onClick={() => actions.setArchived(key, !item.isArchived)}
              />
            )}
            {isActive && (
              <>
                <MenuLine label={t('sessions.exportMarkdown')} onClick={() => void save('markdown')} />
                <MenuLine label={t('sessions.exportJson')} onClick={() => void save('json')} />
              </>
            )}
            <MenuLine label={t('sessions.reset')} onClick={() => actions.reset(key)} />
            {!item.isMain && <MenuLine label={t('sessions.delete')} onClick={() => actions.remove(key)} />}
          </Menu.Popup>
        </Menu.Positioner>
      </MenuPortal>
    </Menu.Root>
  );
}

function MenuLine({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <Menu.Item className="popup-item" onClick={onClick}>
      {label}
    </Menu.Item>
  );
}
