import { useI18n } from '../../ui/i18n.tsx';
import { Mark } from '../../ui/mark.tsx';
import { useDelayed } from '../../ui/use-time.ts';

const skeletonAfterMs = 150;

/** Stands in for everything else while the page has nothing to show, or may show nothing. */
export function BridgeScreen({ state }: { state: 'opening' | 'lost' | 'refused' }) {
  const { t } = useI18n();
  const isDue = useDelayed(true, skeletonAfterMs);
  if (state === 'opening') {
    return (
      <main className="bridge-screen" aria-busy="true">
        {isDue && (
          <>
            <Mark shape="open" size={40} />
            <p role="status">{t('connection.bridge.openingTitle')}</p>
          </>
        )}
      </main>
    );
  }
  return (
    <main className="bridge-screen">
      <Mark shape={state === 'lost' ? 'open' : 'attention'} size={40} />
      <h1>{t(`connection.bridge.${state}Title`)}</h1>
      <p>{t(`connection.bridge.${state}Body`)}</p>
      <p className="bridge-fix">{t(`connection.bridge.${state}Fix`)}</p>
    </main>
  );
}
