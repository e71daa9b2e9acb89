import { useState } from 'react';
import { useSnapshot } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { Failure } from '../connection/failure.tsx';

const toldKey = 'chela.address.told';

/** That the page is at another address this time, and what is at the usual one. Until it was read; Settings keeps it. */
export function AddressNotice({ onFocusLost }: { onFocusLost: () => void }) {
  const { t } = useI18n();
  const notice = useSnapshot(({ notices }) =>
    notices.find(({ code }) => code === 'PAGE_PORT_TAKEN' || code === 'PAGE_PORT_TAKEN_BY'),
  );
  const [isTold, setIsTold] = useState(() => sessionStorage.getItem(toldKey) !== null);
  if (!notice || isTold) return null;
  return (
    <section className="banner" aria-label={t('connection.address.label')}>
      <Failure
        error={notice}
        kind="attention"
        last={
          <Button
            onClick={() => {
              sessionStorage.setItem(toldKey, '');
              setIsTold(true);
              onFocusLost();
            }}
          >
            {t('connection.address.read')}
          </Button>
        }
      />
    </section>
  );
}
