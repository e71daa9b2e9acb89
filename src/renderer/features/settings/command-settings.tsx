import { useCallback, useEffect, useState } from 'react';
import { assertNever } from '../../../shared/assert-never.ts';
import type { CommandState } from '../../../shared/contract/command.ts';
import type { AppError } from '../../../shared/errors.ts';
import { useRequest } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { CommandLine } from '../../ui/command-line.tsx';
import { type MessageKey, useI18n } from '../../ui/i18n.tsx';
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
      if (!done.ok) setError(done.error);
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
            {error && <Failure error={error} />}
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
  if (state.state === 'unavailable') return <p>{t(`link.row.unavailable.${state.reason}`)}</p>;
  const { path, node, nodeVersion } = state;
  return (
    <>
      <p>{t(`link.row.${state.state}`, { path })}</p>
      {node !== 'good' && <p>{t(`link.node.${node}`, { version: nodeVersion ?? '' })}</p>}
      {state.pathLine !== null && <p>{t('link.notOnPath')}</p>}
    </>
  );
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
