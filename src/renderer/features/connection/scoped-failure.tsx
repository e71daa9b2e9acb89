import { type ComponentProps, useState } from 'react';
import type { AppError } from '../../../shared/errors.ts';
import { useChatActions, useRequest } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { Failure } from './failure.tsx';
import { RemediedFailure } from './remedied-failure.tsx';

/** A {@link RemediedFailure} of something asked of the Gateway, which may lack a right that can be asked for. */
export function ScopedFailure(props: ComponentProps<typeof RemediedFailure>) {
  return props.error.code === 'GATEWAY_SCOPE_MISSING' ? (
    <Failure {...props} first={<AskForScopes />} />
  ) : (
    <RemediedFailure {...props} />
  );
}

/** The connection that works stays until the Gateway has granted more. */
export function AskForScopes() {
  const { t } = useI18n();
  const request = useRequest();
  const { reconnect } = useChatActions();
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<AppError | null>(null);
  const ask = async () => {
    setIsBusy(true);
    const result = await request('pairing.askForScopes', {});
    setIsBusy(false);
    setError(result.ok ? null : result.error);
    if (result.ok) reconnect();
  };
  const isWaiting = error?.code === 'GATEWAY_PAIRING_REQUIRED';
  return (
    <div className="scope-request">
      {error && <RemediedFailure error={error} kind="attention" />}
      <Button disabled={isBusy} onClick={() => void ask()}>
        {t(isWaiting ? 'connection.remedy.askAgain' : 'connection.remedy.askForScopes')}
      </Button>
    </div>
  );
}
