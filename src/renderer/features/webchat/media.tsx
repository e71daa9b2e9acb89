import { assertNever } from '../../../shared/assert-never.ts';
import type { MediaSegment } from '../../stores/chat/artifact.ts';
import { fileSize } from '../../ui/file-size.ts';
import { useI18n } from '../../ui/i18n.tsx';
import { MessageImage } from '../../ui/markdown/message-image.tsx';
import { plainText } from '../../ui/markdown/plain-text.ts';
import { StateShape } from '../../ui/state-shape.tsx';
import { ArtifactView } from './artifact-view.tsx';

/** A picture or a file of an answer or of a tool's result, or a word on why it is not here. */
export function Media(props: { segment: MediaSegment; onOpenLink: (url: string) => boolean }) {
  const { segment, onOpenLink } = props;
  const i18n = useI18n();
  const { t } = i18n;
  switch (segment.kind) {
    case 'artifact':
      return <ArtifactView artifact={segment.artifact} />;
    case 'image':
      return (
        <p>
          <MessageImage alt={plainText(segment.name)} src={segment.url ?? ''} onOpenLink={onOpenLink} />
        </p>
      );
    case 'unsent':
      return (
        <p className="artifact-failure">
          <StateShape kind="attention" />
          {segment.bytes === null
            ? t('chat.artifact.unsent')
            : t('chat.artifact.unsentOf', { size: fileSize(segment.bytes, i18n) })}
        </p>
      );
    case 'lost':
      return (
        <p className="artifact-failure">
          <StateShape kind="attention" />
          {t('chat.artifact.lost', { name: plainText(segment.name) || t('chat.artifact.unnamed') })}
        </p>
      );
    default:
      return assertNever(segment);
  }
}
