import { FileText, Image, X } from 'lucide-react';
import { memo, useState } from 'react';
import { isPictureType } from '../../stores/chat/artifact.ts';
import {
  type Attached,
  type AttachedFile,
  type AttachmentProblem,
  isImage,
} from '../../stores/chat/attachments.ts';
import { IconButton } from '../../ui/button.tsx';
import { fileSize } from '../../ui/file-size.ts';
import { useI18n } from '../../ui/i18n.tsx';
import { plainText } from '../../ui/markdown/plain-text.ts';
import { StateShape } from '../../ui/state-shape.tsx';
import { useObjectUrl } from '../../ui/use-object-url.ts';

type AttachmentsProps = {
  /** Of what says the problems, for the field that they hold back. */
  problemsId: string;
  attached: Attached;
  /** How often somebody wanted to send it all the same: what is wrong is said once more. */
  refusals: number;
  onRemove: (id: string) => void;
};

/** The files that go out with the message; each refused one says why. */
export const Attachments = memo(function Attachments(props: AttachmentsProps) {
  const { problemsId, attached, refusals, onRemove } = props;
  const { files, problem } = attached;
  const i18n = useI18n();
  const { t } = i18n;
  const words = (what: AttachmentProblem) =>
    t(`chat.files.${what.kind}`, 'maxBytes' in what ? { limit: fileSize(what.maxBytes, i18n) } : {});
  const spoken = files.flatMap(({ id, name, problem: of }) =>
    of ? [{ key: id, name: plainText(name), problem: words(of) }] : [],
  );
  if (problem) spoken.push({ key: 'together', name: t('chat.files.label'), problem: words(problem) });
  return (
    <>
      {/* There before a problem comes: else a screen reader says nothing of it. */}
      <div className="sr-only" id={problemsId} aria-live="polite">
        {spoken.map(({ key, name, problem: what }) => (
          <p key={`${key}-${refusals}`}>{t('chat.files.problem', { name, problem: what })}</p>
        ))}
      </div>
      {files.length > 0 && (
        <div className="files">
          <ul aria-label={t('chat.files.label')}>
            {files.map((file) => (
              <li key={file.id} data-state={file.state} aria-busy={file.state === 'reading'}>
                <Look file={file} />
                <span className="file-name">{plainText(file.name)}</span>
                <span className="file-size tabular">{fileSize(file.bytes, i18n)}</span>
                {file.problem && (
                  <span className="file-problem">
                    <StateShape kind="stopped" />
                    {words(file.problem)}
                  </span>
                )}
                <IconButton
                  label={t('chat.files.remove', { name: plainText(file.name) })}
                  icon={<X size={14} />}
                  onClick={() => onRemove(file.id)}
                />
              </li>
            ))}
          </ul>
          {problem && <p className="file-problem">{words(problem)}</p>}
        </div>
      )}
    </>
  );
});

/** A picture as itself, where it is one that a page may draw; everything else as a sign. */
function Look({ file }: { file: AttachedFile }) {
  const { t } = useI18n();
  const url = useObjectUrl(isPictureType(file.mimeType) ? file.blob : null);
  const [brokenUrl, setBrokenUrl] = useState<string | null>(null);
  if (url !== null && url !== brokenUrl) {
    const label = t('chat.image', { name: file.name });
    return <img className="file-look" src={url} alt={label} onError={() => setBrokenUrl(url)} />;
  }
  return isImage(file) ? <Image size={14} aria-hidden="true" /> : <FileText size={14} aria-hidden="true" />;
}
