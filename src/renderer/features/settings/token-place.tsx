import { useEffect, useState } from 'react';
import { useRequest } from '../../stores/context.tsx';
import type { ChosenPlace } from '../../stores/settings-draft.ts';
import { useI18n } from '../../ui/i18n.tsx';

type TokenPlaceProps = {
  place: ChosenPlace | undefined;
  /** Saving has asked for a choice, whatever was heard of a keychain before. */
  isAsked: boolean;
  onChoose: (place: ChosenPlace) => void;
};

/** Where the typed token will be kept: in the keychain, or where a person chooses. Nothing is chosen beforehand. */
export function TokenPlaceChoice({ place, isAsked, onChoose }: TokenPlaceProps) {
  const { t } = useI18n();
  const hasKeychain = useHasKeychain();
  if (!isAsked) {
    if (hasKeychain === null) return null;
    if (hasKeychain) return <p className="row-note">{t('credentials.place.keychain')}</p>;
  }
  return (
    <fieldset className="token-place">
      <legend>{t('credentials.place.legend')}</legend>
      {(['session', 'file'] as const).map((choice) => (
        <label className="choice" key={choice}>
          <input
            type="radio"
            name="token-place"
            checked={place === choice}
            onChange={() => onChoose(choice)}
            aria-label={t(`credentials.place.${choice}`)}
            aria-describedby={`token-place-${choice}`}
          />
          <span>
            <span className="choice-label">{t(`credentials.place.${choice}`)}</span>
            <span className="choice-body" id={`token-place-${choice}`}>
              {t(`credentials.place.${choice}Body`)}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** Null until Chela has answered. */
function useHasKeychain(): boolean | null {
  const request = useRequest();
  const [hasKeychain, setHasKeychain] = useState<boolean | null>(null);
  useEffect(() => {
    let isWanted = true;
    void request('credentials.places', {}).then((result) => {
      // Without an answer the question is asked: a choice too many is better than one made silently.
      if (isWanted) setHasKeychain(result.ok && result.value.keychain);
    });
    return () => {
      isWanted = false;
    };
  }, [request]);
  return hasKeychain;
}
