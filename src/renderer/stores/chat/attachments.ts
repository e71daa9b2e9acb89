import type { HelloOk } from '@openclaw/gateway-client/browser';
import { z } from 'zod';
import type { Place } from './chat-storage.ts';
import type { OutboxAttachment } from './outbox.ts';

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

/** The files of a message that is being written. */
export type Attached = {
  files: readonly AttachedFile[];
  /** All of them as one are too much, though each alone is not. */
  problem: AttachmentProblem | null;
  /** False while one is being read, or was refused. */
  isReady: boolean;
};

export const nothingAttached: Attached = { files: [], problem: null, isReady: true };

export type Attachments = {
  of(place: Place): Attached;
  add(place: Place, files: readonly File[]): void;
  remove(place: Place, id: string): void;
  /** What goes out with the message; nothing stays behind. */
  take(place: Place): readonly OutboxAttachment[];
  /** Of a message that is written again; before what is there. */
  putBack(place: Place, contents: readonly OutboxAttachment[]): void;
  /** They go along with a draft, where the other place has none. */
  carry(from: Place, to: Place): void;
  connected(hello: HelloOk): void;
};

/** `hello-ok.policy.attachments`, in bytes before base64. */
const limitsSchema = z.object({ maxBytes: z.number(), maxImageBytes: z.number() });
type AttachmentLimits = z.infer<typeof limitsSchema>;

/** Where the Gateway does not say: what fits into one frame of protocol 4 as base64. */
const defaultLimits: AttachmentLimits = { maxBytes: 19_464_192, maxImageBytes: 6_291_456 };

/**
 * The files of the messages that are being written. Each is checked against what the Gateway takes before
 * anything is sent; a file that is refused says why and stays, so that text never goes out without it.
 */
export function createAttachments(onDidChange: () => void): Attachments {
  const lists = new Map<Place, readonly AttachedFile[]>();
  let limits = defaultLimits;
  const filesOf = (place: Place) => lists.get(place) ?? [];

  function set(place: Place, files: readonly AttachedFile[]) {
    lists.set(place, files);
    onDidChange();
  }

  /** Wherever it is by now: sent away, removed, or carried along. */
  function settle(id: string, result: Partial<AttachedFile>) {
    for (const [place, files] of lists) {
      lists.set(
        place,
        files.map((file) => (file.id === id ? { ...file, ...result } : file)),
      );
    }
    onDidChange();
  }

  return {
    of(place) {
      const files = filesOf(place);
      const problem = togetherProblem(files, limits);
      return { files, problem, isReady: problem === null && files.every((file) => file.state === 'ready') };
    },
    add(place, added) {
      const fresh = added.map((file) => ({ file, item: toAttached(file, limits) }));
      set(place, [...filesOf(place), ...fresh.map(({ item }) => item)]);
      for (const { file, item } of fresh) {
        if (item.state === 'refused') continue;
        readAttachment(file).then(
          (content) => settle(item.id, { state: 'ready', content }),
          () => settle(item.id, { state: 'refused', problem: { kind: 'unreadable' } }),
        );
      }
    },
    remove: (place, id) =>
      set(
        place,
        filesOf(place).filter((file) => file.id !== id),
      ),
    take(place) {
      const taken = filesOf(place).flatMap((file) => file.content ?? []);
      set(place, []);
      return taken;
    },
    putBack: (place, contents) => set(place, [...contents.map(fromContent), ...filesOf(place)]),
    carry(from, to) {
      if (filesOf(to).length === 0) set(to, filesOf(from));
    },
    connected(hello) {
      const policy: object | undefined = hello.policy;
      const told = limitsSchema.safeParse(policy && 'attachments' in policy ? policy.attachments : null);
      limits = told.success ? told.data : defaultLimits;
      onDidChange();
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

function fromContent(content: OutboxAttachment): AttachedFile {
  return {
    id: crypto.randomUUID(),
    name: content.fileName,
    bytes: Math.floor((content.content.replace(/=+$/, '').length * 3) / 4),
    isImage: content.type === 'image',
    state: 'ready',
    problem: null,
    content,
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
