import type { ContentBlock } from './payloads.ts';

/** What an answer came with and the Gateway keeps: a picture to show, or a file to save. */
export type Artifact = {
  /** For `artifacts.download`; null where the Gateway gave none, and nothing can be fetched. */
  id: string | null;
  kind: 'picture' | 'file';
  name: string;
  bytes: number | null;
  /** In pixels; null where the Gateway did not say. */
  size: { width: number; height: number } | null;
};

export type MediaSegment =
  /** `url`: the picture itself as a data URL, or an address that is not ours to fetch. */
  | { kind: 'image'; name: string; url?: string }
  | { kind: 'artifact'; artifact: Artifact }
  /** The Gateway could not attach it. */
  | { kind: 'lost'; name: string };

const pictureTypes = /^image\/(png|jpeg|gif|webp)$/;

/** Those that Chela draws: an SVG is a program, and is saved like any other file. */
export function isPictureType(mimeType: string | null | undefined): boolean {
  return pictureTypes.test(mimeType ?? '');
}

/** Null for a block that is not of that kind. */
export function mediaSegment(block: ContentBlock): MediaSegment | null {
  const { type, attachment, artifactId, mimeType, data, url, sizeBytes, width, height } = block;
  const name = block.alt ?? block.fileName ?? '';
  switch (type) {
    case 'image': {
      if (data && isPictureType(mimeType)) {
        return { kind: 'image', name, url: `data:${mimeType};base64,${data}` };
      }
      if (artifactId === undefined) return url ? { kind: 'image', name, url } : { kind: 'image', name };
      const kind = mimeType === undefined || isPictureType(mimeType) ? 'picture' : 'file';
      const size = width && height ? { width, height } : null;
      return { kind: 'artifact', artifact: { id: artifactId, kind, name, bytes: sizeBytes ?? null, size } };
    }
    case 'audio':
    case 'video':
    case 'file':
      return fileSegment({ artifactId, sizeBytes, name });
    case 'attachment':
      return fileSegment({ ...attachment, name: attachment?.label ?? name });
    case 'attachment_error':
      return { kind: 'lost', name: attachment?.label ?? name };
    default:
      return null;
  }
}

type FileFacts = { artifactId?: string | undefined; sizeBytes?: number | undefined; name: string };

function fileSegment({ artifactId, sizeBytes, name }: FileFacts): MediaSegment {
  const artifact = {
    id: artifactId ?? null,
    kind: 'file',
    name,
    bytes: sizeBytes ?? null,
    size: null,
  } as const;
  return { kind: 'artifact', artifact };
}
