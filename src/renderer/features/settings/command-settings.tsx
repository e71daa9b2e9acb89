import { useCallback, useEffect, useState } from 'react';
import { assertNever } from '../../../shared/assert-never.ts';
import type { CommandState } from '../../../shared/contract/command.ts';
import type { AppError } from '../../../shared/errors.ts';
import { useRequest } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { CommandLine } from '../../ui/command-line.tsx';
import { type MessageKey, useI18n } from '../../ui/i18n.tsx';
import { StateShape, type StateShapeKind } from '../../ui/state-shape.tsx';
import { Failure } from '../connection/failure.tsx';

type Task = 'state' | 'link' | 'unlink';
type Shown = Exclude<CommandState, { state: 'unavailable' }>;

/** Settings → Command line (R11): `chela link` for who has no terminal open. */
export function CommandSettings() {
  const { t } = useI18n();
  const request = useRequest();
  const [state, setState] = useState<CommandState | null>(null);
  const [error, setError] = useState<AppError | null>(null);
  const [busy, setBusy] = useState<Task | null>(null);

  const run = useCallback(
    async (task: Task) => {
      setBusy(task);
      setError(null);
      const done = await request(`command.${task}`, {});
      // What was in the way is there to be seen.
      const found = done.ok || task === 'state' ? done : await request('command.state', {});
      setBusy(null);
      if (found.ok) setState(found.value);
      // The words about what is there already say it.
      const isTold = found.ok && found.value.state === 'taken';
      if (!done.ok && !isTold) setError(done.error);
    },
    [request],
  );
  useEffect(() => void run('state'), [run]);

  return (
    <section className="settings-section" aria-labelledby="command">
      <h2 id="command">{t('link.row.title')}</h2>
      <div className="row">
        <span className="row-label">{t('link.row.label')}</span>
        <div className="row-control">
          <div aria-live="polite" className="command-state">
            {state ? <Words state={state} /> : error === null && <p>{t('link.row.looking')}</p>}
            {error && (
              <Failure
                error={error}
                fixText={error.code === 'LINK_UNWRITABLE' ? t('link.row.unwritableFix') : undefined}
              />
            )}
          </div>
          {state !== null && state.state !== 'unavailable' && (
            <>
              {state.pathLine !== null && <CommandLine line={state.pathLine} />}
              <TaskButton state={state} busy={busy} onRun={(task) => void run(task)} />
            </>
          )}
        </div>
      </div>
    </section>
  );
}

function Words({ state }: { state: CommandState }) {
  const { t } = useI18n();
  if (state.state === 'unavailable') {
    return <Stated kind="off">{t(`link.row.unavailable.${state.reason}`)}</Stated>;
  }
  const { path, node, nodeVersion } = state;
  return (
    <>
      <Stated kind={shapeOf(state.state)}>{t(`link.row.${state.state}`, { path })}</Stated>
      {node !== 'good' && (
        <Stated kind="attention">{t(`link.node.${node}`, { version: nodeVersion ?? '' })}</Stated>
      )}
      {state.pathLine !== null && <Stated kind="attention">{t('link.notOnPath')}</Stated>}
    </>
  );
}

function Stated({ kind, children }: { kind: StateShapeKind; children: string }) {
  return (
    <p className="is-stated">
      <StateShape kind={kind} />
      {children}
    </p>
  );
}

function shapeOf(state: Shown['state']): StateShapeKind {
  switch (state) {
    case 'linked':
      return 'good';
    case 'notLinked':
      return 'off';
    case 'elsewhere':
    case 'taken':
      return 'attention';
    default:
      return assertNever(state);
  }
}

/** Never `disabled`, and one element for each task, so that the focus stays on it. */
function TaskButton({
  state,
  busy,
  onRun,
}: {
  state: Shown;
  busy: Task | null;
  onRun: (task: Task) => void;
}) {
  const { t } = useI18n();
  const [task, words, busyWords] = taskFor(state.state);
  return (
    <div className="form-actions">
      <Button onClick={() => busy === null && onRun(task)} aria-disabled={busy !== null}>
        {t(busy === task ? busyWords : words)}
      </Button>
    </div>
  );
}

function taskFor(state: Shown['state']): readonly [Task, MessageKey, MessageKey] {
  switch (state) {
    case 'linked':
      return ['unlink', 'link.row.remove', 'link.row.removing'];
    case 'notLinked':
    case 'elsewhere':
      return ['link', 'link.row.link', 'link.row.linking'];
    case 'taken':
      return ['state', 'link.row.checkAgain', 'link.row.checking'];
    default:
      return assertNever(state);
  }
}
