import type { OutboxAttachment } from './outbox.ts';
import type { ContentBlock } from './payloads.ts';

/** What an answer or a tool's result came with: a picture to show, or a file to save. */
export type Artifact = {
  /** For `artifacts.download`; null where the Gateway keeps none of that name. */
  id: string | null;
  kind: 'picture' | 'file';
  name: string;
  mimeType: string | null;
  bytes: number | null;
  /** In pixels; null where the Gateway did not say. */
  size: { width: number; height: number } | null;
  /** Base64, where the Gateway sent the thing itself. */
  data: string | null;
};

export type MediaSegment =
  /** `url`: an address that is not ours to fetch. */
  | { kind: 'image'; name: string; url?: string }
  | { kind: 'artifact'; artifact: Artifact }
  /** An image that the Gateway speaks of and has not sent. */
  | { kind: 'unsent'; name: string; bytes: number | null }
  /** The Gateway could not attach it. */
  | { kind: 'lost'; name: string };

const pictureTypes = /^image\/(png|jpeg|gif|webp)$/;

/** Those that Chela draws: an SVG is a program, and is saved like any other file. */
export function isPictureType(mimeType: string | null | undefined): boolean {
  return pictureTypes.test(mimeType ?? '');
}

/** Null for a block that is not of that kind. */
export function mediaSegment(block: ContentBlock): MediaSegment | null {
  const { type, attachment, artifactId, mimeType, data, url, width, height } = block;
  const name = block.alt ?? block.fileName ?? '';
  const sizeBytes = block.sizeBytes ?? block.bytes;
  switch (type) {
    case 'image': {
      if (artifactId === undefined && !data) {
        if (block.omitted === true) return { kind: 'unsent', name, bytes: sizeBytes ?? null };
        return url ? { kind: 'image', name, url } : { kind: 'image', name };
      }
      // Older Gateways do not say what they keep, and what is fetched is looked at again.
      const isPicture = isPictureType(mimeType) || (!data && mimeType === undefined);
      const kind = isPicture ? 'picture' : 'file';
      const size = width && height ? { width, height } : null;
      return artifactSegment({ artifactId, data, mimeType, sizeBytes, name, kind, size });
    }
    case 'audio':
    case 'video':
    case 'file':
      return artifactSegment({ artifactId, data, mimeType, sizeBytes, name });
    case 'attachment':
      return artifactSegment({ ...attachment, name: attachment?.label ?? name });
    case 'attachment_error':
      return { kind: 'lost', name: attachment?.label ?? name };
    default:
      return null;
  }
}

type Facts = Partial<Pick<Artifact, 'kind' | 'size'>> & {
  artifactId?: string | undefined;
  data?: string | undefined;
  mimeType?: string | undefined;
  sizeBytes?: number | undefined;
  name: string;
};

function artifactSegment({ artifactId, data, sizeBytes, ...facts }: Facts): MediaSegment {
  const bytes = sizeBytes ?? (data ? bytesOf(data) : null);
  const { name, kind = 'file', size = null, mimeType = null } = facts;
  return {
    kind: 'artifact',
    artifact: { id: artifactId ?? null, kind, name, mimeType, bytes, size, data: data || null },
  };
}

export function mediaName(segment: MediaSegment): string {
  return segment.kind === 'artifact' ? segment.artifact.name : segment.name;
}

/** Null for a file that Chela does not draw. */
export function pictureOf({ fileName: name, mimeType, content: data }: OutboxAttachment): Artifact | null {
  if (!isPictureType(mimeType)) return null;
  return { id: null, kind: 'picture', name, mimeType, bytes: bytesOf(data), size: null, data };
}

/** Those of a message's files that are not drawn. The real Gateway forgets the names of pictures, and says `image`. */
export function namesBeside(names: readonly string[], drawn: readonly Artifact[]): string[] {
  const left = [...names];
  for (const { name } of drawn) {
    const at = [left.indexOf(name), left.indexOf('image')].find((found) => found >= 0);
    if (at !== undefined) left.splice(at, 1);
  }
  return left;
}

/** What a tool gave has no name of its own: it gets the tool's, and a number where there are several. */
export function withNames(media: readonly MediaSegment[], toolName: string): MediaSegment[] {
  return media.map((segment, at) => {
    if (segment.kind !== 'artifact' || segment.artifact.name !== '') return segment;
    const { artifact } = segment;
    const number = media.length > 1 ? `-${at + 1}` : '';
    const name = `${toolName}${number}${extensionOf(artifact.mimeType)}`;
    return { kind: 'artifact', artifact: { ...artifact, name } };
  });
}

function extensionOf(mimeType: string | null): string {
  const [, subtype] = /^\w+\/([a-z0-9]+)/i.exec(mimeType ?? '') ?? [];
  if (subtype === undefined) return '';
  return subtype === 'jpeg' ? '.jpg' : `.${subtype}`;
}

/** How many bytes a base64 text stands for. */
export function bytesOf(base64: string): number {
  return Math.floor((base64.replace(/=+$/, '').length * 3) / 4);
}

/** Null for what is no base64. */
export function blobOf(base64: string, mimeType: string): Blob | null {
  try {
    const binary = atob(base64);
    const bytes = new Uint8Array(binary.length);
    // Ten times as quick as `Uint8Array.from`: a large picture must not stop the page.
    for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
    return new Blob([bytes], { type: mimeType });
  } catch {
    return null;
  }
}
