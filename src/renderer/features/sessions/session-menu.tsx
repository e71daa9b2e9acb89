import { Menu } from '@base-ui/react/menu';
import { MoreHorizontal } from 'lucide-react';
import { useState } from 'react';
import { useChatActions, useSessions, useSessionsActions } from '../../stores/context.tsx';
import type { SessionItem } from '../../stores/sessions/session-rows.ts';
import { afterFrame } from '../../ui/after-frame.ts';
import { useI18n } from '../../ui/i18n.tsx';
import { plainText } from '../../ui/markdown/plain-text.ts';
import { MenuPortal } from '../../ui/menu-portal.tsx';
import { saveFile } from '../../ui/save-file.ts';

type SessionMenuProps = {
  item: SessionItem;
  title: string;
  isActive: boolean;
  isTabStop: boolean;
  onRename: () => void;
};

export function SessionMenu({ item, title, isActive, isTabStop, onRename }: SessionMenuProps) {
  const { t } = useI18n();
  const actions = useSessionsActions();
  const chat = useChatActions();
  const isConnected = useSessions((state) => state.isConnected);
  const [trigger, setTrigger] = useState<HTMLElement | null>(null);
  const { key } = item;
  const save = async (format: 'markdown' | 'json') => {
    const text = await chat.exportAs(format, {
      title,
      you: t('chat.you'),
      assistant: t('chat.assistant'),
      given: t('chat.tool.arguments'),
      output: t('chat.tool.output'),
      failed: t('chat.toolFailed'),
      cut: t('chat.cut.exported'),
      readable: plainText,
    });
    if (text === null) return;
    const content = new Blob([text], { type: 'text/plain;charset=utf-8' });
    saveFile(`${title}.${format === 'markdown' ? 'md' : 'json'}`, content);
  };
  /** The line goes, and the focus to its neighbour. */
  const takeAway = (act: () => void) => {
    const next = neighbourOf(trigger);
    act();
    giveFocus(next);
  };
  return (
    <Menu.Root onOpenChangeComplete={(isOpen) => isOpen || giveFocus(trigger)}>
      <Menu.Trigger
        ref={setTrigger}
        className="icon-button session-more"
        tabIndex={isTabStop ? 0 : -1}
        aria-label={t('sessions.more', { title })}
      >
        <MoreHorizontal size={16} aria-hidden="true" />
      </Menu.Trigger>
      <MenuPortal trigger={trigger}>
        <Menu.Positioner className="popup-layer" sideOffset={4} align="end">
          <Menu.Popup className="popup session-menu">
            <Menu.Group>
              {!isConnected && (
                <Menu.GroupLabel className="session-menu-note">{t('sessions.offline')}</Menu.GroupLabel>
              )}
              <MenuLine label={t('sessions.rename')} disabled={!isConnected} onClick={onRename} />
              <MenuLine
                label={t(item.isPinned ? 'sessions.unpin' : 'sessions.pin')}
                disabled={!isConnected}
                onClick={() => actions.setPinned(key, !item.isPinned)}
              />
              {!item.isMain && (
                <MenuLine
                  label={t(item.isArchived ? 'sessions.unarchive' : 'sessions.archive')}
                  disabled={!isConnected}
                  onClick={() => takeAway(() => actions.setArchived(key, !item.isArchived))}
                />
              )}
              {isActive && (
                <>
                  <MenuLine label={t('sessions.exportMarkdown')} onClick={() => void save('markdown')} />
                  <MenuLine label={t('sessions.exportJson')} onClick={() => void save('json')} />
                </>
              )}
              <MenuLine
                label={t('sessions.reset')}
                disabled={!isConnected}
                onClick={() => actions.reset(key)}
              />
              {!item.isMain && (
                <MenuLine
                  label={t('sessions.delete')}
                  disabled={!isConnected}
                  onClick={() => takeAway(() => actions.remove(key))}
                />
              )}
            </Menu.Group>
          </Menu.Popup>
        </Menu.Positioner>
      </MenuPortal>
    </Menu.Root>
  );
}

type MenuLineProps = { label: string; disabled?: boolean; onClick: () => void };

function MenuLine({ label, disabled = false, onClick }: MenuLineProps) {
  return (
    <Menu.Item className="popup-item" disabled={disabled} onClick={onClick}>
      {label}
    </Menu.Item>
  );
}

/** What opens the menu of the line that the element stands in. */
export function menuButtonOf(element: HTMLElement): HTMLElement | null {
  return element.closest('li')?.querySelector<HTMLElement>('.session-more') ?? null;
}

/** Unless another element has it by then. A sheet takes the focus of a menu in it, at once and in the next frame. */
function giveFocus(element: HTMLElement | null): void {
  afterFrame(() => {
    const { activeElement } = document;
    if (activeElement === document.body || activeElement?.matches('[role=dialog]')) element?.focus();
  });
}

/** The line below in the list, or the one above; where it was the only one, the field above the list. */
function neighbourOf(element: HTMLElement | null): HTMLElement | null {
  const line = element?.closest('li');
  const near = [line?.nextElementSibling, line?.previousElementSibling]
    .map((sibling) => sibling?.querySelector<HTMLElement>('[data-session]'))
    .find((button) => button);
  return near ?? element?.closest('.sessions')?.querySelector<HTMLElement>('.sessions-search input') ?? null;
}
