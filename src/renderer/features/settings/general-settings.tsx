import { useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { useStore } from 'zustand';
import type { Mode } from '../../../shared/config/settings.ts';
import type { TestReport } from '../../../shared/contract/requests.ts';
import type { AppError } from '../../../shared/errors.ts';
import type { Result } from '../../../shared/result.ts';
import { useRequest, useSnapshot, useStores } from '../../stores/context.tsx';
import {
  changesOf,
  directDraftOf,
  formOf,
  problemsOf,
  type SettingsEdits,
  testDraftOf,
} from '../../stores/settings-draft.ts';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { Failure } from '../connection/failure.tsx';
import { LocalFields } from './local-fields.tsx';
import { RemoteFields } from './remote-fields.tsx';
import { TestResult } from './test-result.tsx';

/** Settings → General → OpenClaw runs. A draft: nothing changes until Save, and a failed Save keeps it. */
export function GeneralSettings({ chooseRemote }: { chooseRemote: boolean }) {
  const { t } = useI18n();
  const request = useRequest();
  const draft = useStores().settings;
  const edits = useStore(draft, (state) => state.edits);
  const view = useSnapshot((snapshot) => snapshot.settings);
  const [busy, setBusy] = useState<'save' | 'test' | null>(null);
  const [saveError, setSaveError] = useState<AppError | null>(null);
  const [report, setReport] = useState<Result<TestReport> | null>(null);
  /** Problems are told once somebody has tried, or typed something and left the field. */
  const [showsProblems, setShowsProblems] = useState(false);
  const target = useRef<HTMLInputElement>(null);

  const form = formOf(edits, view);
  const problems = problemsOf(form);
  const hasProblems = Object.keys(problems).length > 0;
  const { patch, mode } = changesOf(form, view);
  const isDirty = patch !== null || mode !== null;

  const edit = (change: SettingsEdits) => {
    draft.setState((state) => ({ edits: { ...state.edits, ...change } }));
    setReport(null);
    setSaveError(null);
  };
  const revert = () => {
    draft.setState({ edits: {} });
    setReport(null);
    setSaveError(null);
    setShowsProblems(false);
  };

  const wantsTarget = useRef(chooseRemote);
  useEffect(() => {
    if (!wantsTarget.current) return;
    if (form.mode !== 'remote') {
      // The field to focus appears with the choice.
      draft.setState((state) => ({ edits: { ...state.edits, mode: 'remote' } }));
      return;
    }
    wantsTarget.current = false;
    target.current?.focus();
  }, [form.mode, draft]);

  const save = async () => {
    setShowsProblems(true);
    if (hasProblems) return target.current?.form?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
    setBusy('save');
    setSaveError(null);
    const saved = patch ? await request('settings.save', { patch }) : null;
    const result = saved && !saved.ok ? saved : mode ? await request('connection.setMode', { mode }) : saved;
    setBusy(null);
    if (result && !result.ok) {
      setSaveError(result.error);
      if (result.error.code === 'TOKEN_STORE_ASK') askForPlace();
      return;
    }
    revert();
  };

  /** The question is on the page before the focus goes to it. */
  const askForPlace = () => {
    flushSync(() => draft.setState((state) => ({ edits: { ...state.edits, isPlaceAsked: true } })));
    target.current?.form?.querySelector<HTMLElement>('.token-place input')?.focus();
  };

  const test = async () => {
    setShowsProblems(true);
    if (hasProblems) return target.current?.focus();
    setBusy('test');
    setReport(null);
    const asked = draft.getState().edits;
    const result =
      form.transport === 'direct'
        ? await request('connection.testDirect', directDraftOf(form))
        : await request('connection.test', testDraftOf(form));
    setBusy(null);
    // An answer about values that are no longer there would mislead.
    if (draft.getState().edits === asked) setReport(result);
  };

  return (
    <section className="settings-section" aria-labelledby="general">
      <h2 id="general">{t('settings.general')}</h2>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <fieldset className="runs">
          <legend>{t('settings.runs.label')}</legend>
          {(['local', 'remote'] as const).map((choice) => (
            <ModeChoice
              key={choice}
              mode={choice}
              words={choice === 'remote' && form.transport === 'direct' ? 'direct' : choice}
              isChosen={form.mode === choice}
              onChoose={() => edit({ mode: choice })}
            />
          ))}
        </fieldset>
        {form.mode === 'remote' ? (
          <RemoteFields
            form={form}
            edits={edits}
            view={view}
            problems={showsProblems ? problems : visibleProblems(problems, edits)}
            targetRef={target}
            onEdit={edit}
          />
        ) : (
          <LocalFields form={form} view={view} problems={problems} onEdit={edit} />
        )}
        <div aria-live="polite">
          {report && <TestResult report={report} onRetry={() => void test()} />}
          {saveError && <Failure error={saveError} />}
        </div>
        <div className="form-actions">
          {form.mode === 'remote' && (
            <Button onClick={() => void test()} disabled={busy !== null}>
              {t(busy === 'test' ? 'settings.test.running' : 'settings.test.run')}
            </Button>
          )}
          <span className="form-state">{isDirty ? t('settings.unsaved') : ''}</span>
          <Button look="quiet" onClick={revert} disabled={!isDirty || busy === 'save'}>
            {t('settings.revert')}
          </Button>
          <Button type="submit" look="primary" disabled={!isDirty || busy === 'save'}>
            {t(busy === 'save' ? 'settings.saving' : 'settings.save')}
          </Button>
        </div>
      </form>
    </section>
  );
}

type ModeChoiceProps = { mode: Mode; words: Mode | 'direct'; isChosen: boolean; onChoose: () => void };

function ModeChoice({ mode, words, isChosen, onChoose }: ModeChoiceProps) {
  const { t } = useI18n();
  const bodyId = `runs-${mode}`;
  return (
    <label className="choice">
      <input
        type="radio"
        name="runs"
        checked={isChosen}
        onChange={onChoose}
        aria-label={t(`settings.runs.${words}`)}
        aria-describedby={bodyId}
      />
      <span>
        <span className="choice-label">{t(`settings.runs.${words}`)}</span>
        <span className="choice-body" id={bodyId}>
          {t(`settings.runs.${words}Body`)}
        </span>
      </span>
    </label>
  );
}

/** Before anything was tried, an empty target is not a mistake yet. */
function visibleProblems(problems: ReturnType<typeof problemsOf>, edits: SettingsEdits) {
  const isTargetTyped = edits.sshTarget?.trim() && problems.sshTarget !== 'empty';
  const isUrlTyped = edits.url?.trim() && problems.url !== 'empty';
  return {
    ...problems,
    ...(!isTargetTyped && { sshTarget: undefined }),
    ...(!isUrlTyped && { url: undefined }),
  };
}
