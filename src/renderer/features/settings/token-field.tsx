import { useRef } from 'react';
import type { SettingsView } from '../../../shared/config/settings.ts';
import { type SettingsEdits, savedDestination, type TokenEdit } from '../../stores/settings-draft.ts';
import { Button } from '../../ui/button.tsx';
import { ExactInput } from '../../ui/exact-input.tsx';
import { Field } from '../../ui/field.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { useOriginText } from './origin-text.ts';
import { TokenPlaceChoice } from './token-place.tsx';

type TokenFieldProps = {
  token: TokenEdit;
  view: SettingsView;
  isDropped: boolean;
  isOtherTarget: boolean;
  isPlaceAsked: boolean;
  onEdit: (change: SettingsEdits) => void;
};

/** The saved token never comes back to the page: it is there or not, can be replaced, and can be cleared. */
export function TokenField({ token, view, isDropped, isOtherTarget, isPlaceAsked, onEdit }: TokenFieldProps) {
  const { t } = useI18n();
  const originText = useOriginText();
  const input = useRef<HTMLInputElement>(null);
  const { isSet, origin } = view.remote.token;
  const isKept = token.kind === 'keep' && isSet;
  const edit = (next: TokenEdit) => onEdit({ token: next, isTokenDropped: false });

  const belongsElsewhere = token.kind === 'clear' && isOtherTarget;
  const note = isDropped
    ? t('settings.token.draftCleared')
    : belongsElsewhere
      ? t('settings.token.targetChanged', { target: savedDestination(view) })
      : token.kind === 'clear'
        ? t('settings.token.willClear')
        : t('settings.token.hint');

  return (
    <Field
      label={t('settings.token.label')}
      hint={note}
      origin={isKept ? originText(origin, false) : null}
      after={
        token.kind === 'replace' &&
        token.value !== '' && (
          <TokenPlaceChoice
            place={token.place}
            isAsked={isPlaceAsked}
            onChoose={(place) => edit({ ...token, place })}
          />
        )
      }
    >
      {({ id, describedBy }) => (
        <div className="token">
          <ExactInput
            ref={input}
            id={id}
            type="password"
            readOnly={isKept}
            value={token.kind === 'replace' ? token.value : ''}
            placeholder={isKept ? t('settings.token.isSet') : t('settings.token.placeholder')}
            aria-describedby={describedBy}
            onChange={(event) => edit({ ...token, kind: 'replace', value: event.target.value })}
          />
          {isKept && (
            <Button
              onClick={() => {
                edit({ kind: 'replace', value: '' });
                input.current?.focus();
              }}
            >
              {t('settings.token.replace')}
            </Button>
          )}
          {isKept && origin === 'settings' && (
            <Button look="quiet" onClick={() => edit({ kind: 'clear' })}>
              {t('settings.token.clear')}
            </Button>
          )}
          {!isKept && isSet && !belongsElsewhere && (
            <Button look="quiet" onClick={() => edit({ kind: 'keep' })}>
              {t('settings.token.keep')}
            </Button>
          )}
        </div>
      )}
    </Field>
  );
}
