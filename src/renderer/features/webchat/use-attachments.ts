import { useState } from 'react';
import type { AttachmentLimits } from '../../stores/chat/chat-types.ts';
import type { OutboxAttachment } from '../../stores/chat/outbox.ts';

export type AttachmentProblem =
  | { kind: 'tooLarge'; maxBytes: number }
  | { kind: 'tooLargeTogether'; maxBytes: number }
  | { kind: 'empty' }
  | { kind: 'unreadable' };

export type AttachedFile = {
  id: string;
  name: string;
  bytes: number;
  isImage: boolean;
  state: 'reading' | 'ready' | 'refused';
  problem: AttachmentProblem | null;
  content: OutboxAttachment | null;
};

/** Where the Gateway does not say: what fits into one frame of protocol 4 as base64. */
const defaultLimits: AttachmentLimits = { maxBytes: 19_464_192, maxImageBytes: 6_291_456 };

/**
 * The files of the message that is being written, per session. Each is checked against what the Gateway takes
 * before anything is sent; a file that is refused says why and stays, so that text never goes out without it.
 */
export function useAttachments(sessionKey: string, limits: AttachmentLimits | null) {
  const [bySession, setBySession] = useState<Record<string, readonly AttachedFile[]>>({});
  const files = bySession[sessionKey] ?? [];
  const change = (to: (known: readonly AttachedFile[]) => readonly AttachedFile[]) =>
    setBySession((known) => ({ ...known, [sessionKey]: to(known[sessionKey] ?? []) }));

  function add(added: readonly File[]) {
    const fresh = added.map((file) => toAttached(file, limits ?? defaultLimits));
    change((known) => [...known, ...fresh]);
    for (const [at, item] of fresh.entries()) {
      const file = added[at];
      if (!file || item.state === 'refused') continue;
      const settle = (result: Partial<AttachedFile>) =>
        change((known) => known.map((other) => (other.id === item.id ? { ...other, ...result } : other)));
      readAttachment(file).then(
        (content) => settle({ state: 'ready', content }),
        () => settle({ state: 'refused', problem: { kind: 'unreadable' } }),
      );
    }
  }

  const together = togetherProblem(files, limits ?? defaultLimits);
  return {
    files,
    /** All of them as one are too much, though each alone is not. */
    problem: together,
    /** False while one is being read, or was refused. */
    isReady: together === null && files.every((file) => file.state === 'ready'),
    add,
    remove: (id: string) => change((known) => known.filter((file) => file.id !== id)),
    /** What goes out with the message; nothing stays behind. */
    take(): readonly OutboxAttachment[] {
      const taken = files.flatMap((file) => file.content ?? []);
      change(() => []);
      return taken;
    },
  };
}

function toAttached(file: File, limits: AttachmentLimits): AttachedFile {
  const isImage = file.type.startsWith('image/');
  const maxBytes = isImage ? Math.min(limits.maxImageBytes, limits.maxBytes) : limits.maxBytes;
  const problem: AttachmentProblem | null =
    file.size === 0 ? { kind: 'empty' } : file.size > maxBytes ? { kind: 'tooLarge', maxBytes } : null;
  return {
    id: crypto.randomUUID(),
    name: file.name,
    bytes: file.size,
    isImage,
    state: problem ? 'refused' : 'reading',
    problem,
    content: null,
  };
}

function togetherProblem(
  files: readonly AttachedFile[],
  { maxBytes }: AttachmentLimits,
): AttachmentProblem | null {
  const bytes = files.reduce((sum, file) => sum + (file.state === 'refused' ? 0 : file.bytes), 0);
  return bytes > maxBytes ? { kind: 'tooLargeTogether', maxBytes } : null;
}

function readAttachment(file: File): Promise<OutboxAttachment> {
  const { promise, resolve, reject } = Promise.withResolvers<OutboxAttachment>();
  const reader = new FileReader();
  reader.addEventListener('error', () => reject(reader.error));
  reader.addEventListener('load', () => {
    const url = String(reader.result);
    resolve({
      type: file.type.startsWith('image/') ? 'image' : 'file',
      mimeType: file.type || 'application/octet-stream',
      fileName: file.name,
      content: url.slice(url.indexOf(',') + 1),
    });
  });
  reader.readAsDataURL(file);
  return promise;
}
