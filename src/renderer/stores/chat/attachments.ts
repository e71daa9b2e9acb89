import type { HelloOk } from '@openclaw/gateway-client/browser';
import { z } from 'zod';
import { blobOf, bytesOf } from './artifact.ts';
import type { ChatStorage, DraftFile, Place, StoredChat } from './chat-storage.ts';
import type { OutboxAttachment } from './outbox.ts';

export type AttachmentProblem =
  | { kind: 'tooLarge'; maxBytes: number }
  | { kind: 'tooLargeTogether'; maxBytes: number }
  | { kind: 'empty' }
  | { kind: 'unreadable' }
  /** An earlier page had it, and could not leave it to this one. */
  | { kind: 'lost' };

export type AttachedFile = DraftFile & {
  /** `reading`: once its conversation is shown. */
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

export type AttachmentsOptions = { stored: StoredChat; storage: ChatStorage; onDidChange: () => void };

export type Attachments = {
  /** Reads the files of this conversation, and of no other: those that the last page left may be many. */
  show(place: Place): void;
  of(place: Place): Attached;
  add(place: Place, files: readonly File[]): void;
  remove(place: Place, id: string): void;
  /** What goes out with the message. */
  contents(place: Place): readonly OutboxAttachment[];
  /** Of what {@link contents} gives, once a message has it; what is still read, or refused, stays. */
  clear(place: Place): void;
  /** Of a message that is written again; before what is there. */
  putBack(place: Place, contents: readonly OutboxAttachment[]): void;
  /** What another page has left, after what is there. */
  inherit(left: StoredChat): void;
  /** Those that have any. */
  places(): readonly Place[];
  /** With their draft, after what is there. */
  move(from: Place, to: Place): void;
  connected(hello: HelloOk): void;
};

/** `hello-ok.policy.attachments`, in bytes before base64. */
const limitsSchema = z.object({ maxBytes: z.number(), maxImageBytes: z.number() });
type AttachmentLimits = z.infer<typeof limitsSchema>;

/** Where the Gateway does not say: what fits into one frame of protocol 4 as base64. */
const defaultLimits: AttachmentLimits = { maxBytes: 19_464_192, maxImageBytes: 6_291_456 };

/**
 * The files of the messages that are being written. Each is checked against what the Gateway takes before
 * anything is sent; a file that is refused says why and stays, so that text never goes out without it. They are
 * kept as drafts are, for the next page.
 */
export function createAttachments({ stored, storage, onDidChange }: AttachmentsOptions): Attachments {
  const left = Object.entries(stored.draftFiles);
  const lists = new Map<Place, readonly AttachedFile[]>(
    left.map(([place, files]) => [place, files.map(fromStored)]),
  );
  const underWay = new Set<string>();
  let limits = defaultLimits;
  let shown: Place | null = null;
  const filesOf = (place: Place) => lists.get(place) ?? [];

  function set(place: Place, files: readonly AttachedFile[]) {
    storage.saveDraftFiles(place, filesOf(place), files);
    lists.set(place, files);
    refresh();
  }

  function refresh() {
    for (const [place, files] of lists) {
      const checked = files.map((file) => check(file, limits));
      lists.set(place, checked);
      if (place === shown) for (const file of checked) void read(file);
    }
    onDidChange();
  }

  async function read({ id, name, mimeType, blob, state }: AttachedFile) {
    if (state !== 'reading' || !blob || underWay.has(id)) return;
    underWay.add(id);
    const content = await readContent(name, mimeType, blob).catch(() => null);
    underWay.delete(id);
    settle(id, content ? { content } : { state: 'refused', problem: { kind: 'unreadable' } });
  }

  /** Wherever it is by now: sent away, removed, or carried along. */
  function settle(id: string, result: Partial<AttachedFile>) {
    for (const [place, files] of lists) {
      lists.set(
        place,
        files.map((file) => (file.id === id ? { ...file, ...result } : file)),
      );
    }
    refresh();
  }

  return {
    show(place) {
      shown = place;
      refresh();
    },
    of(place) {
      const files = filesOf(place);
      const problem = togetherProblem(files, limits);
      return { files, problem, isReady: problem === null && files.every((file) => file.state === 'ready') };
    },
    add(place, added) {
      const names = new Set(added.map(({ name }) => name));
      const kept = filesOf(place).filter(({ name, problem }) => problem?.kind !== 'lost' || !names.has(name));
      set(place, [...kept, ...added.map(fromFile)]);
    },
    remove: (place, id) =>
      set(
        place,
        filesOf(place).filter((file) => file.id !== id),
      ),
    contents: (place) => filesOf(place).flatMap(({ content }) => content ?? []),
    clear: (place) =>
      set(
        place,
        filesOf(place).filter(({ content }) => content === null),
      ),
    putBack: (place, contents) => set(place, [...contents.map(fromContent), ...filesOf(place)]),
    inherit({ draftFiles }) {
      for (const [place, files] of Object.entries(draftFiles)) {
        lists.set(place, [...filesOf(place), ...files.map(fromStored)]);
      }
      refresh();
    },
    places: () => [...lists].flatMap(([place, files]) => (files.length > 0 ? [place] : [])),
    move(from, to) {
      set(to, [...filesOf(to), ...filesOf(from)]);
      set(from, []);
    },
    connected(hello) {
      const policy: object | undefined = hello.policy;
      const told = limitsSchema.safeParse(policy && 'attachments' in policy ? policy.attachments : null);
      limits = told.success ? told.data : defaultLimits;
      refresh();
    },
  };
}

/** As the Gateway would take it now; limits come, and change, with each connection. */
function check(file: AttachedFile, limits: AttachmentLimits): AttachedFile {
  if (file.problem && file.problem.kind !== 'tooLarge') return file;
  const maxBytes = isImage(file) ? Math.min(limits.maxImageBytes, limits.maxBytes) : limits.maxBytes;
  if (file.bytes === 0) return { ...file, state: 'refused', problem: { kind: 'empty' } };
  if (file.bytes > maxBytes) return { ...file, state: 'refused', problem: { kind: 'tooLarge', maxBytes } };
  return { ...file, state: file.content ? 'ready' : 'reading', problem: null };
}

export function isImage({ mimeType }: Pick<DraftFile, 'mimeType'>): boolean {
  return mimeType.startsWith('image/');
}

function fromFile(file: File): AttachedFile {
  const { name, size: bytes, type: mimeType } = file;
  const id = crypto.randomUUID();
  return { id, name, bytes, mimeType, blob: file, state: 'reading', problem: null, content: null };
}

function fromStored(file: DraftFile): AttachedFile {
  if (file.blob) return { ...file, state: 'reading', problem: null, content: null };
  return { ...file, state: 'refused', problem: { kind: 'lost' }, content: null };
}

function fromContent(content: OutboxAttachment): AttachedFile {
  const { fileName: name, mimeType } = content;
  const bytes = bytesOf(content.content);
  const blob = blobOf(content.content, mimeType);
  return { id: crypto.randomUUID(), name, bytes, mimeType, blob, state: 'ready', problem: null, content };
}

function togetherProblem(
  files: readonly AttachedFile[],
  { maxBytes }: AttachmentLimits,
): AttachmentProblem | null {
  const bytes = files.reduce((sum, file) => sum + (file.state === 'refused' ? 0 : file.bytes), 0);
  return bytes > maxBytes ? { kind: 'tooLargeTogether', maxBytes } : null;
}

function readContent(fileName: string, mimeType: string, blob: Blob): Promise<OutboxAttachment> {
  const { promise, resolve, reject } = Promise.withResolvers<OutboxAttachment>();
  const reader = new FileReader();
  reader.addEventListener('error', () => reject(reader.error));
  reader.addEventListener('load', () => {
    const url = String(reader.result);
    resolve({
      type: isImage({ mimeType }) ? 'image' : 'file',
      mimeType: mimeType || 'application/octet-stream',
      fileName,
      content: url.slice(url.indexOf(',') + 1),
    });
  });
  reader.readAsDataURL(blob);
  return promise;
}
