import type { ResultBlock } from '../../sessions/tool-rows.ts';
import { attachmentLimits, bytesOfBase64, typeOfBytes } from '../media/attachments.ts';
import type { ToolImage, ToolResult } from './agent-tool.ts';

/** What became of a tool's result. */
export type ReadResult = {
  /** For the clients and the transcript: where its images are kept, in their places. */
  readonly content: readonly ResultBlock[];
  /** For the model: the words, with a note in the place of each image. */
  readonly text: string;
  /** For a model that sees, in the order of the notes. */
  readonly images: readonly ToolImage[];
};

/** Of one result. */
const MAX_IMAGES = 16;

/** `keep`: stores the bytes and gives the artifact's id; null where it could not. */
export function readResult(
  { content, isError }: ToolResult,
  keep: (bytes: Buffer) => string | null,
): ReadResult {
  const blocks: ResultBlock[] = [];
  const words: string[] = [];
  const images: ToolImage[] = [];
  let seen = 0;
  for (const part of content) {
    if (part.type === 'text') {
      blocks.push(part);
      words.push(part.text);
      continue;
    }
    seen += 1;
    const bytes = bytesOfBase64(part.data);
    const actual = bytes === null ? '' : typeOfBytes(bytes);
    const isPicture = actual.startsWith('image/');
    const mimeType = isPicture ? actual : part.mimeType;
    const artifactId = bytes === null || seen > MAX_IMAGES ? null : keep(bytes);
    blocks.push({
      type: 'image',
      mimeType,
      ...(artifactId === null ? {} : { artifactId }),
      omitted: true,
      bytes: bytes?.length ?? 0,
    });
    const refusal = refusalOf({ isPicture, isError, size: bytes?.length ?? 0, seen });
    words.push(refusal === null ? `[${mimeType}]` : `[${mimeType}: not shown to you, ${refusal}]`);
    if (bytes !== null && refusal === null) images.push({ ...part, mimeType });
  }
  return { content: blocks, text: words.join('\n'), images };
}

/** Why a model is not shown an image, in words for it; null where it can be. */
function refusalOf(image: {
  isPicture: boolean;
  isError: boolean;
  size: number;
  seen: number;
}): string | null {
  if (!image.isPicture) return 'it is no PNG, JPEG, GIF or WebP';
  if (image.size > attachmentLimits.maxImageBytes) return 'it is too large';
  if (image.seen > MAX_IMAGES) return `a result has at most ${MAX_IMAGES}`;
  // No dialect has images in a failure.
  return image.isError ? 'the call failed' : null;
}
