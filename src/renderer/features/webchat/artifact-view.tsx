import { Download, FileText } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { type AppError, describeError } from '../../../shared/errors.ts';
import type { Result } from '../../../shared/result.ts';
import type { Artifact } from '../../stores/chat/artifact.ts';
import { useArtifacts, useChat } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { fileSize } from '../../ui/file-size.ts';
import { useI18n } from '../../ui/i18n.tsx';
import { plainText } from '../../ui/markdown/plain-text.ts';
import { saveFile } from '../../ui/save-file.ts';
import { StateShape } from '../../ui/state-shape.tsx';
import { useObjectUrl } from '../../ui/use-object-url.ts';
import { useFocusKept } from './use-focus-kept.ts';

/** What an answer or a tool's result came with: a picture is drawn, everything else is there to be saved. */
export function ArtifactView({ artifact }: { artifact: Artifact }) {
  if (artifact.kind === 'picture') return <Picture artifact={artifact} />;
  return (
    <div className="artifact">
      <SaveButton artifact={artifact} />
    </div>
  );
}

function Picture({ artifact }: { artifact: Artifact }) {
  const { t } = useI18n();
  const { url, error, retry } = usePicture(artifact);
  const figure = useRef<HTMLElement>(null);
  const focusFigure = useCallback(() => figure.current?.focus({ preventScroll: true }), []);
  const [brokenUrl, setBrokenUrl] = useState<string | null>(null);
  const isBroken = url !== null && url === brokenUrl;
  const { size } = artifact;
  const name = plainText(artifact.name);
  const label = name === '' ? t('chat.imageUnnamed') : t('chat.image', { name });
  return (
    <figure ref={figure} className="artifact" tabIndex={-1}>
      {url !== null && !isBroken && (
        <img className="message-image" src={url} alt={label} {...size} onError={() => setBrokenUrl(url)} />
      )}
      {isBroken && (
        <p className="artifact-failure" role="status">
          <StateShape kind="stopped" />
          {t('chat.artifact.broken', { name: name || t('chat.imageUnnamed') })}
        </p>
      )}
      {url === null && error === null && (
        <div className="artifact-room" style={size ? { aspectRatio: size.width / size.height } : {}}>
          <span className="sr-only">{t('chat.artifact.fetching', { name })}</span>
        </div>
      )}
      {error && (
        <FetchFailure error={error}>
          <RetryButton onPress={retry} onFocusLost={focusFigure} />
        </FetchFailure>
      )}
      <figcaption>
        <SaveButton artifact={artifact} />
      </figcaption>
    </figure>
  );
}

/** It goes with the failure, when it is pressed or the chat is open again. */
function RetryButton({ onPress, onFocusLost }: { onPress: () => void; onFocusLost: () => void }) {
  const { t } = useI18n();
  const button = useFocusKept<HTMLButtonElement>(onFocusLost);
  return (
    <Button ref={button} size="small" look="quiet" onClick={onPress}>
      {t('chat.artifact.retry')}
    </Button>
  );
}

/** Its name and size; a press fetches and saves it. */
function SaveButton({ artifact }: { artifact: Artifact }) {
  const i18n = useI18n();
  const artifacts = useArtifacts();
  const isOpen = useChat((chat) => chat.link.tag === 'open');
  const [state, setState] = useState<{ isBusy: boolean; error: AppError | null }>(idle);
  const { t } = i18n;
  const name = plainText(artifact.name) || t('chat.artifact.unnamed');
  const size = artifact.bytes === null ? null : fileSize(artifact.bytes, i18n);
  const save = async () => {
    setState({ isBusy: true, error: null });
    const fetched = await artifacts.fetch(artifact);
    if (fetched.ok) saveFile(name, fetched.value);
    setState({ isBusy: false, error: fetched.ok ? null : fetched.error });
  };
  return (
    <>
      <button
        type="button"
        className="artifact-file"
        aria-label={t(state.isBusy ? 'chat.artifact.saving' : 'chat.artifact.save', { name })}
        aria-busy={state.isBusy}
        disabled={!isReachable(artifact, isOpen)}
        onClick={() => {
          if (!state.isBusy) void save();
        }}
      >
        <FileText size={14} aria-hidden="true" />
        <span className="file-name">{name}</span>
        <Download size={14} aria-hidden="true" />
      </button>
      {size !== null && <span className="artifact-size tabular">{size}</span>}
      {state.error && <FetchFailure error={state.error} />}
    </>
  );
}

/** What was sent with the message needs no Gateway any more. */
function isReachable({ id, data }: Artifact, isOpen: boolean): boolean {
  return data !== null || (id !== null && isOpen);
}

const idle = { isBusy: false, error: null };

function FetchFailure({ error, children }: { error: AppError; children?: ReactNode }) {
  const { translate } = useI18n();
  const { body, fix } = describeError(error, translate);
  return (
    <p className="artifact-failure" role="status">
      <StateShape kind="stopped" />
      <span>
        {body} {children ? '' : fix}
      </span>
      {children}
    </p>
  );
}

type PictureState = { url: string | null; error: AppError | null; retry: () => void };

/** Fetched when it comes near the window and the chat is open; let go when it leaves. */
function usePicture(artifact: Artifact): PictureState {
  const artifacts = useArtifacts();
  const isOpen = useChat((chat) => chat.link.tag === 'open');
  const [fetched, setFetched] = useState<Result<Blob> | null>(null);
  const isThere = fetched?.ok === true;

  const load = useCallback(() => {
    let isLeft = false;
    setFetched(null);
    void artifacts.fetch(artifact).then((result) => {
      if (!isLeft) setFetched(result);
    });
    return () => {
      isLeft = true;
    };
  }, [artifacts, artifact]);
  const canLoad = isReachable(artifact, isOpen);
  useEffect(() => (canLoad && !isThere ? load() : undefined), [load, canLoad, isThere]);

  const url = useObjectUrl(fetched?.ok ? fetched.value : null);
  return { url, error: fetched?.ok === false ? fetched.error : null, retry: load };
}
