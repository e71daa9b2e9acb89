import type { ModelMessage, ToolModelMessage } from 'ai';
import type { ModelApi, ModelConfig } from '../../../shared/config/model-config.ts';
import type { ResultImage } from '../../sessions/tool-rows.ts';
import { join } from '../join-messages.ts';
import type { ToolImage } from '../tools/agent-tool.ts';
import type { AnswerFiles } from './answer-files.ts';
import { attachmentLimits, typeOfBytes } from './attachments.ts';

type ResultPart = Extract<ToolModelMessage['content'][number], { type: 'tool-result' }>;
type Output = ResultPart['output'];
type Content = Extract<Output, { type: 'content' }>['value'];
type File = Extract<Content[number], { type: 'file' }>;

/** The newest images of tools that one call of a model is shown: screenshot after screenshot fills every window. */
const limits = { images: 8, base64Characters: 16 * 1024 * 1024 };

/** Dialects whose results may hold images. In the others they follow as a message (observed of a real Gateway). */
const inResults: ReadonlySet<ModelApi> = new Set([
  'openai-responses',
  'anthropic-messages',
  'google-generative-ai',
]);

/** An image of an earlier exchange; null where it is gone, or was not shown when it was new. */
export async function shownImage(
  { artifactId, mimeType, bytes: size }: ResultImage,
  files: Pick<AnswerFiles, 'read'>,
  { input }: Pick<ModelConfig, 'input'>,
): Promise<ToolImage | null> {
  if (artifactId === undefined || input?.includes('image') !== true) return null;
  if (size > attachmentLimits.maxImageBytes) return null;
  const bytes = await files.read(artifactId);
  if (bytes === null || typeOfBytes(bytes) !== mimeType || !mimeType.startsWith('image/')) return null;
  return { type: 'image', mimeType, data: bytes.toString('base64') };
}

/** A result in the words of the AI SDK, for whichever model is going to be asked: see {@link messagesFor}. */
export function resultOutput(text: string, images: readonly ToolImage[], isError: boolean): Output {
  if (isError) return { type: 'error-text', value: text };
  if (images.length === 0) return { type: 'text', value: text };
  const files = images.map(({ data, mimeType }): File => {
    return { type: 'file', mediaType: mimeType, data: { type: 'data', data } };
  });
  return { type: 'content', value: [{ type: 'text', text }, ...files] };
}

/** The messages with the images of tools as this model can be shown them. What it does not see, it is told. */
export function messagesFor(
  { api = 'openai-completions', input }: Pick<ModelConfig, 'api' | 'input'>,
  messages: readonly ModelMessage[],
): ModelMessage[] {
  const seesImages = input?.includes('image') === true;
  const shown = seesImages ? newestImages(messages) : new Set<File>();
  const why = seesImages ? 'newer ones take their place' : 'this model cannot see images';
  const result: ModelMessage[] = [];
  for (const message of messages) {
    if (message.role !== 'tool') {
      // Images may have gone before it as a message of the same role.
      if (message.role === 'user') join(result, message);
      else result.push(message);
      continue;
    }
    const apart: { toolName: string; files: File[] }[] = [];
    const content = message.content.map((part) => {
      if (part.type !== 'tool-result' || part.output.type !== 'content') return part;
      const { text, files } = partsOf(part.output.value);
      const kept = files.filter((file) => shown.has(file));
      const missing = files.length - kept.length;
      const note = missing === 0 ? '' : `\n[Images not shown to you: ${missing}, ${why}.]`;
      if (inResults.has(api)) return { ...part, output: outputOf(text + note, kept) };
      if (kept.length > 0) apart.push({ toolName: part.toolName, files: kept });
      return { ...part, output: outputOf(text + note, []) };
    });
    result.push({ role: 'tool', content });
    for (const { toolName, files } of apart) {
      const images = files.map(({ data, mediaType }) => ({ type: 'file' as const, data, mediaType }));
      join(result, {
        role: 'user',
        content: [{ type: 'text', text: `[Images from ${toolName}:]` }, ...images],
      });
    }
  }
  return result;
}

function newestImages(messages: readonly ModelMessage[]): Set<File> {
  const shown = new Set<File>();
  let left = limits.base64Characters;
  const parts = messages.flatMap((message) => (message.role === 'tool' ? message.content : []));
  const all = parts.flatMap((part) => {
    return part.type === 'tool-result' && part.output.type === 'content'
      ? partsOf(part.output.value).files
      : [];
  });
  for (const file of all.toReversed()) {
    left -= file.data.type === 'data' && typeof file.data.data === 'string' ? file.data.data.length : 0;
    if (left < 0 || shown.size === limits.images) break;
    shown.add(file);
  }
  return shown;
}

function partsOf(content: Content): { text: string; files: File[] } {
  return {
    text: content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n'),
    files: content.filter((part) => part.type === 'file'),
  };
}

function outputOf(text: string, files: readonly File[]): Output {
  return files.length === 0
    ? { type: 'text', value: text }
    : { type: 'content', value: [{ type: 'text', text }, ...files] };
}
