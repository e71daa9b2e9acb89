import { useState } from 'react';
import { useStores } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { useWaiting } from '../shell/use-waiting.ts';

/** While something waits: the way to hear of the next one with the page in the background. Gone once it was pressed. */
export function NotifyOffer({ onFocusLost }: { onFocusLost: () => void }) {
  const { t } = useI18n();
  const { notifier } = useStores();
  const isWaiting = useWaiting().length > 0;
  const [wasAsked, setWasAsked] = useState(false);
  if (!isWaiting || wasAsked || notifier.permission() !== 'default') return null;
  return (
    <div className="approvals">
      <Button
        size="small"
        look="quiet"
        onClick={() => {
          void notifier.ask();
          setWasAsked(true);
          onFocusLost();
        }}
      >
        {t('approvals.notify')}
      </Button>
    </div>
  );
}
