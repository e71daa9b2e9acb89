import { useEffect, useId, useRef } from 'react';
import { assertNever } from '../../../shared/assert-never.ts';
import type { TunnelRun } from '../../../shared/contract/tunnel-service.ts';
import { useSnapshot, useTunnelService, useTunnelServiceActions } from '../../stores/context.tsx';
import type { TunnelServicePhase } from '../../stores/tunnel-service-store.ts';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { PlanView } from './plan-view.tsx';
import { RunOutcome } from './run-outcome.tsx';
import { RunProgress } from './run-progress.tsx';
import { ServiceView } from './service-view.tsx';
import './tunnel-service.css';

/** Settings → Connection → Keep the tunnel alive when Chela is closed (R30-R37). */
export function TunnelService() {
  const { t } = useI18n();
  const actions = useTunnelServiceActions();
  const phase = useTunnelService((state) => state.phase);
  const putAway = useTunnelService((state) => state.putAway);
  const run = useSnapshot((snapshot) => snapshot.tunnelRun);
  const titleId = useId();
  const section = useRef<HTMLElement>(null);
  const view = viewOf(phase, run, putAway);
  useLanding(section, view);
  useStatus();

  return (
    <section className="tunnel-service" aria-labelledby={titleId} ref={section}>
      <div className="section-head">
        <h3 id={titleId}>{t('tunnelService.title')}</h3>
        {view === 'service' && (
          <Button look="quiet" onClick={() => void actions.look()}>
            {t('tunnelService.action.lookAgain')}
          </Button>
        )}
      </div>
      <View view={view} />
    </section>
  );
}

type ViewKind = 'service' | 'plan' | 'run' | 'outcome';

function View({ view }: { view: ViewKind }) {
  switch (view) {
    case 'service':
      return <ServiceView />;
    case 'plan':
      return <PlanView />;
    case 'run':
      return <RunProgress />;
    case 'outcome':
      return <RunOutcome />;
    default:
      return assertNever(view);
  }
}

/** A run that is under way comes first, whoever started it. */
function viewOf(phase: TunnelServicePhase, run: TunnelRun | null, putAway: string | null): ViewKind {
  if ((run && run.outcome === null) || phase.tag === 'applying') return 'run';
  if (phase.tag === 'shown') return 'plan';
  // A refusal is said where the buttons are.
  if (phase.tag === 'failed' || !run || run.id === putAway) return 'service';
  return 'outcome';
}

/**
 * What was pressed is gone in the next view, so the focus goes to where that one says it begins (`data-lands`). It stays
 * where it is when somebody is at something else on the screen.
 */
function useLanding(section: React.RefObject<HTMLElement | null>, view: ViewKind): void {
  const last = useRef(view);
  useEffect(() => {
    if (last.current === view) return;
    last.current = view;
    const { activeElement } = document;
    const isHere = activeElement === document.body || section.current?.contains(activeElement);
    if (isHere) section.current?.querySelector<HTMLElement>('[data-lands]')?.focus();
  }, [section, view]);
}

const LOOK_EVERY_MS = 5000;

/** The service may end, or be changed elsewhere, without a word to Chela. */
function useStatus(): void {
  const actions = useTunnelServiceActions();
  const isInstalled = useTunnelService(
    ({ status }) => status?.ok === true && status.value.installed !== null,
  );
  useEffect(() => actions.watch(), [actions]);
  useEffect(() => {
    if (!isInstalled) return;
    const timer = setInterval(() => {
      if (!document.hidden) void actions.look();
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [actions, isInstalled]);
}
