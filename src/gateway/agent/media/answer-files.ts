import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import type { AnswerFile } from '../../sessions/row-parts.ts';
import { attachmentLimits, typeOfBytes } from './attachments.ts';

/**
 * What answers came with, and images that tools gave: copies in `<stateDir>/media/outgoing` (0700, files 0600), so that
 * they stay as they were shown.
 */
export type AnswerFiles = {
  /** Copies a file of the workspace; what can't be attached becomes a block that says so. Never throws. */
  attach(path: string): AnswerFile;
  /** Its artifact id; null where it is more than fits into one frame, or cannot be written. */
  keep(bytes: Buffer): string | null;
  /** Null for a file that is gone, and for an id that was not made here. */
  read(artifactId: string): Promise<Buffer | null>;
};

const PREFIX = 'artifact_';
const NAME = /^[0-9a-f-]{36}$/;

export function createAnswerFiles(stateDir: string): AnswerFiles {
  const workspace = join(stateDir, 'workspace');
  const dir = join(stateDir, 'media', 'outgoing');

  /** Null where it is not a plain file of the workspace, or is more than fits into one frame. */
  function readInside(path: string): Buffer | null {
    const root = realpathSync(workspace);
    const real = realpathSync(resolve(workspace, path));
    const inside = relative(root, real);
    if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) return null;
    const facts = statSync(real);
    if (!facts.isFile() || facts.size > attachmentLimits.maxBytes) return null;
    return readFileSync(real);
  }

  function write(bytes: Buffer): string {
    const name = randomUUID();
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    writeFileSync(join(dir, name), bytes, { mode: 0o600, flag: 'wx' });
    return PREFIX + name;
  }

  function copy(path: string): AnswerFile | null {
    const bytes = readInside(path);
    if (bytes === null) return null;
    const facts = { artifactId: write(bytes), mimeType: typeOfBytes(bytes), sizeBytes: bytes.length };
    const label = basename(path);
    return facts.mimeType.startsWith('image/')
      ? { type: 'image', ...facts, alt: label }
      : { type: 'attachment', attachment: { ...facts, kind: 'document', label } };
  }

  return {
    attach(path) {
      const label = basename(path);
      try {
        return copy(path) ?? failed(label);
      } catch {
        return failed(label);
      }
    },
    keep(bytes) {
      if (bytes.length > attachmentLimits.maxBytes) return null;
      try {
        return write(bytes);
      } catch {
        return null;
      }
    },
    async read(artifactId) {
      const name = artifactId.slice(PREFIX.length);
      if (!artifactId.startsWith(PREFIX) || !NAME.test(name)) return null;
      return readFile(join(dir, name)).catch(() => null);
    },
  };
}

const failed = (label: string): AnswerFile => ({
  type: 'attachment_error',
  attachment: { code: 'delivery-failed', kind: 'document', label },
});
