import { memo } from 'react';
import { inForce } from '../../stores/chat/models.ts';
import { useChat, useModels, useModelsStore, useSessions } from '../../stores/context.tsx';
import { ChoiceMenu } from '../../ui/choice-menu.tsx';
import { type I18n, useI18n } from '../../ui/i18n.tsx';
import { RefusalNote } from './refusal-note.tsx';

/** Stands for the Gateway's own choice; no model and no level is called like this. */
const byDefault = 'default:';

/** Which model answers in this conversation, and how hard it thinks. Absent where the Gateway names no model. */
export const ModelChoice = memo(function ModelChoice() {
  const { t } = useI18n();
  const models = useModels(({ models: list }) => list);
  const isChoosing = useModels((state) => state.isChoosing);
  const row = useSessions((sessions) => sessions.active);
  const sessionKey = useChat((chat) => chat.sessionKey);
  const isOpen = useChat((chat) => chat.link.tag === 'open');
  const store = useModelsStore();
  if (models.length === 0) return null;

  const now = inForce(models, row);
  const isLocked = row?.runtimeSelectionLocked === true;
  const gatewayDefault = models.find((model) => model.isDefault);
  const severalProviders = new Set(models.map(({ provider }) => provider)).size > 1;
  const levels = now.option?.levels ?? [];
  const defaultLevel = now.option?.defaultLevel ?? null;
  return (
    <>
      <ChoiceMenu
        label={t('chat.model.label')}
        shown={now.name ?? t('chat.model.none')}
        value={now.isChosen ? now.ref : byDefault}
        choices={[
          {
            value: byDefault,
            label: t('chat.model.default'),
            ...(gatewayDefault && { note: gatewayDefault.name }),
          },
          ...models.map((model) => ({
            value: model.ref,
            label: model.name,
            isDisabled: !model.isAvailable,
            ...(!model.isAvailable
              ? { note: t('chat.model.away') }
              : severalProviders && { note: model.provider }),
          })),
        ]}
        isDisabled={!isOpen || isLocked}
        reason={isLocked ? t('chat.model.locked') : undefined}
        isBusy={isChoosing}
        onChoose={(ref) => void store.chooseModel(sessionKey, ref === byDefault ? null : ref)}
      />
      {levels.length > 1 && (
        <ChoiceMenu
          label={t('chat.thinking.label')}
          shown={t('chat.thinking.shown', { level: levelName(now.level ?? '', levels, t) })}
          value={now.isLevelChosen ? now.level : byDefault}
          choices={[
            {
              value: byDefault,
              label: t('chat.model.default'),
              ...(defaultLevel !== null && { note: levelName(defaultLevel, levels, t) }),
            },
            ...levels.map(({ id }) => ({ value: id, label: levelName(id, levels, t) })),
          ]}
          isDisabled={!isOpen}
          isBusy={isChoosing}
          onChoose={(id) => void store.chooseLevel(sessionKey, id === byDefault ? null : id)}
        />
      )}
    </>
  );
});

/** Why the last choice was refused, until it is read or another is made. */
export const ModelRefusal = memo(function ModelRefusal() {
  const error = useModels((state) => state.error);
  const { dismissError } = useModelsStore();
  return <div role="status">{error && <RefusalNote error={error} onDismiss={dismissError} />}</div>;
});

const knownLevels = ['off', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

/** Our word for a level everybody has; the Gateway's for another. */
function levelName(id: string, levels: readonly { id: string; label: string }[], t: I18n['t']): string {
  const known = knownLevels.find((level) => level === id);
  return known ? t(`chat.thinking.${known}`) : (levels.find((level) => level.id === id)?.label ?? id);
}
