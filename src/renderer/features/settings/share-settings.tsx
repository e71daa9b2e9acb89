import { useRef, useState } from 'react';
import { assertNever } from '../../../shared/assert-never.ts';
import type { SharedConfigChange, SharedConfigPlan } from '../../../shared/contract/shared-config.ts';
import type { AppError } from '../../../shared/errors.ts';
import { useRequest } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { Failure } from '../connection/failure.tsx';

/**
 *  idle ──show──► looking ──► shown ──save──► writing ──► saved
 *                    │          └─leave─► idle    │
 *                    └────────► failed ◄──────────┘         and from saved and failed: show ──► looking
 */
type ShareState =
  | { tag: 'idle' }
  | { tag: 'looking' }
  | { tag: 'shown' | 'writing'; what: SharedConfigChange; plan: SharedConfigPlan }
  | { tag: 'saved'; backup: string | null }
  | { tag: 'failed'; error: AppError };

/** Settings → Share with other OpenClaw tools (R12): nothing is written that was not shown first. */
export function ShareSettings() {
  const { t } = useI18n();
  const request = useRequest();
  const [state, setState] = useState<ShareState>({ tag: 'idle' });
  const show = useRef<HTMLButtonElement>(null);
  const isBusy = state.tag === 'looking' || state.tag === 'writing';

  const look = async (what: SharedConfigChange) => {
    if (isBusy) return;
    setState({ tag: 'looking' });
    const planned = await request('sharedConfig.plan', { what });
    setState(
      planned.ok ? { tag: 'shown', what, plan: planned.value } : { tag: 'failed', error: planned.error },
    );
  };
  const write = async (what: SharedConfigChange, plan: SharedConfigPlan) => {
    setState({ tag: 'writing', what, plan });
    const applied = await request('sharedConfig.apply', { what, id: plan.id });
    setState(
      applied.ok ? { tag: 'saved', backup: applied.value.backup } : { tag: 'failed', error: applied.error },
    );
    // The button that was pressed is gone; this one is never `disabled`, or it could not take the focus.
    show.current?.focus();
  };
  const leave = () => {
    setState({ tag: 'idle' });
    show.current?.focus();
  };

  return (
    <section className="settings-section" aria-labelledby="share">
      <h2 id="share">{t('share.title')}</h2>
      <p className="section-body">{t('share.body')}</p>
      <div className="form-actions share-actions">
        <Button ref={show} onClick={() => void look('share')} aria-disabled={isBusy}>
          {t(state.tag === 'looking' ? 'share.looking' : 'share.show')}
        </Button>
        <Button look="quiet" onClick={() => void look('undo')} aria-disabled={isBusy}>
          {t('share.showUndo')}
        </Button>
      </div>
      <div aria-live="polite" className="share-result">
        <ShareResult state={state} onWrite={write} onLeave={leave} />
      </div>
    </section>
  );
}

type ShareResultProps = {
  state: ShareState;
  onWrite: (what: SharedConfigChange, plan: SharedConfigPlan) => Promise<void>;
  onLeave: () => void;
};

function ShareResult({ state, onWrite, onLeave }: ShareResultProps) {
  const { t } = useI18n();
  switch (state.tag) {
    case 'idle':
    case 'looking':
      return null;
    case 'failed':
      return <Failure error={state.error} />;
    case 'saved':
      return (
        <p className="share-note is-stated">
          <StateShape kind="good" />
          {state.backup === null ? t('share.savedNew') : t('share.saved', { backup: state.backup })}
        </p>
      );
    case 'shown':
    case 'writing': {
      const { plan, what } = state;
      const { file } = plan;
      const isUndo = what === 'undo';
      if (plan.diff === '') {
        return <p className="share-note">{t(isUndo ? 'share.sameUndo' : 'share.same', { file })}</p>;
      }
      return (
        <>
          <p className="share-note">{t(isUndo ? 'share.willUndo' : 'share.willWrite', { file })}</p>
          <DiffView diff={plan.diff} label={t('share.diffLabel', { file })} />
          <div className="form-actions">
            <Button look="quiet" onClick={onLeave} disabled={state.tag === 'writing'}>
              {t('share.cancel')}
            </Button>
            <Button
              look="primary"
              onClick={() => void onWrite(what, plan)}
              disabled={state.tag === 'writing'}
            >
              {t(state.tag === 'writing' ? 'share.saving' : 'share.save')}
            </Button>
          </div>
        </>
      );
    }
    default:
      return assertNever(state);
  }
}
