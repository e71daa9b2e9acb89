import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaFact } from '../../sessions/history-row.ts';
import type { Attachment } from './attachments.ts';

/** What came in with messages, as plain files in `<stateDir>/media/inbound` (0700, files 0600). */
export type MediaStore = {
  /** Writes the file before it returns: what a message points to is there. Throws when it cannot be written. */
  write(attachment: Attachment): MediaFact;
  /** Null for a file that is gone, and for an address that was not made here. */
  read(fact: MediaFact): Promise<Buffer | null>;
  /** The text of a document. A PDF is read once; its text is kept beside it. Null where there is none. */
  readText(fact: MediaFact): Promise<string | null>;
};

const PREFIX = 'media://inbound/';
const NAME = /^[0-9a-f-]{36}\.[a-z]{3,4}$/;
const MAX_PDF_PAGES = 200;

export function createMediaStore(stateDir: string): MediaStore {
  const dir = join(stateDir, 'media', 'inbound');
  const pathOf = ({ url }: MediaFact) => {
    const name = url.startsWith(PREFIX) ? url.slice(PREFIX.length) : '';
    return NAME.test(name) ? join(dir, name) : null;
  };
  const read = async (fact: MediaFact) => {
    const path = pathOf(fact);
    return path === null ? null : await readFile(path).catch(() => null);
  };

  return {
    write({ kind, contentType, fileName, extension, bytes }) {
      const name = `${randomUUID()}.${extension}`;
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      writeFileSync(join(dir, name), bytes, { mode: 0o600, flag: 'wx' });
      return {
        url: `${PREFIX}${name}`,
        contentType,
        kind,
        ...(fileName === undefined ? {} : { fileName }),
        sizeBytes: bytes.length,
      };
    },
    read,
    async readText(fact) {
      const bytes = await read(fact);
      if (bytes === null) return null;
      if (fact.contentType !== 'application/pdf') return bytes.toString('utf8');
      const textPath = `${pathOf(fact)}.txt`;
      const kept = await readFile(textPath, 'utf8').catch(() => null);
      if (kept !== null) return kept;
      const text = await pdfText(bytes);
      if (text !== null) await writeFile(textPath, text, { mode: 0o600 }).catch(() => {});
      return text;
    },
  };
}

/** Null for a file that no text can be got out of: damaged, encrypted, or pictures only. */
async function pdfText(bytes: Buffer): Promise<string | null> {
  const { extractText, getDocumentProxy } = await import('unpdf');
  try {
    const document = await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 });
    if (document.numPages > MAX_PDF_PAGES) return null;
    const { text } = await extractText(document, { mergePages: true });
    return text.trim() === '' ? null : text;
  } catch {
    return null;
  }
}
