/** What a client sends along with a message (schema: any fields; observed: these). */
export type IncomingAttachment = {
  readonly type?: string;
  readonly mimeType?: string;
  readonly fileName?: string;
  readonly content?: unknown;
};

/** An attachment that was checked and can be stored. */
export type Attachment = {
  readonly kind: 'image' | 'document';
  readonly contentType: string;
  readonly fileName: string | undefined;
  readonly extension: string;
  readonly bytes: Buffer;
};

export type AttachmentLimits = { readonly maxBytes: number; readonly maxImageBytes: number };

/** What still fits as base64 into one frame, and what providers take of an image (observed). */
export const attachmentLimits: AttachmentLimits = { maxBytes: 19_464_192, maxImageBytes: 6_291_456 };

type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

const ok = <T>(value: T): Read<T> => ({ ok: true, value });
const fail = (error: string) => ({ ok: false, error }) as const;

const MAX_ATTACHMENTS = 16;

const imageTypes: Partial<Record<string, { extension: string; magic: readonly number[]; at: number }>> = {
  'image/png': { extension: 'png', magic: [0x89, 0x50, 0x4e, 0x47], at: 0 },
  'image/jpeg': { extension: 'jpg', magic: [0xff, 0xd8, 0xff], at: 0 },
  'image/gif': { extension: 'gif', magic: [0x47, 0x49, 0x46, 0x38], at: 0 },
  'image/webp': { extension: 'webp', magic: [0x57, 0x45, 0x42, 0x50], at: 8 },
};

const PDF_MAGIC = Buffer.from('%PDF-');

/** Checks all of them; the first that cannot be used decides. The error is the whole message for the client. */
export function readAttachments(
  incoming: readonly IncomingAttachment[],
  limits: AttachmentLimits = attachmentLimits,
): Read<Attachment[]> {
  if (incoming.length > MAX_ATTACHMENTS) {
    return fail(`Error: too many attachments (${incoming.length} > ${MAX_ATTACHMENTS})`);
  }
  const read: Attachment[] = [];
  let total = 0;
  for (const [index, attachment] of incoming.entries()) {
    const label = attachment.fileName?.trim() || `#${index + 1}`;
    const result = readAttachment(attachment, limits);
    if (!result.ok) return fail(`Error: attachment ${label}: ${result.error}`);
    total += result.value.bytes.length;
    if (total > limits.maxBytes) {
      return fail(`Error: attachments: exceeds size limit (${total} > ${limits.maxBytes} bytes)`);
    }
    read.push(result.value);
  }
  return ok(read);
}

function readAttachment(incoming: IncomingAttachment, limits: AttachmentLimits): Read<Attachment> {
  const decoded = decode(incoming);
  if (decoded === null) return fail('invalid base64 content');
  const { bytes, typeOfUrl } = decoded;
  if (bytes.length === 0) return fail('empty content');
  if (bytes.length > limits.maxBytes) {
    return fail(`exceeds size limit (${bytes.length} > ${limits.maxBytes} bytes)`);
  }
  const contentType = (incoming.mimeType ?? typeOfUrl ?? 'application/octet-stream')
    .split(';')[0]
    ?.trim()
    .toLowerCase() as string;
  const fileName = safeName(incoming.fileName);
  const image = imageTypes[contentType];
  if (image !== undefined) {
    if (bytes.length > limits.maxImageBytes) {
      return fail(`image exceeds size limit (${bytes.length} > ${limits.maxImageBytes} bytes)`);
    }
    const isWhatItSays = image.magic.every((byte, index) => bytes[image.at + index] === byte);
    if (!isWhatItSays) return fail(`content is not ${contentType}`);
    return ok({ kind: 'image', contentType, fileName, extension: image.extension, bytes });
  }
  if (contentType === 'application/pdf') {
    // The mark may come a little later than the first byte; readers look at the first kilobyte.
    if (!bytes.subarray(0, 1024).includes(PDF_MAGIC)) return fail(`content is not ${contentType}`);
    return ok({ kind: 'document', contentType, fileName, extension: 'pdf', bytes });
  }
  if (!isText(bytes)) return fail(`unsupported type ${contentType}`);
  return ok({ kind: 'document', contentType: textType(contentType), fileName, extension: 'txt', bytes });
}

/** What a file is, by its bytes: a picture that clients draw, a PDF, a text, or anything else. */
export function typeOfBytes(bytes: Buffer): string {
  const image = Object.entries(imageTypes).find(([, type]) =>
    type?.magic.every((byte, index) => bytes[type.at + index] === byte),
  );
  if (image) return image[0];
  if (bytes.subarray(0, 1024).includes(PDF_MAGIC)) return 'application/pdf';
  return isText(bytes) ? 'text/plain' : 'application/octet-stream';
}

/** Data URLs are unwrapped. */
function decode({ content }: IncomingAttachment): { bytes: Buffer; typeOfUrl: string | undefined } | null {
  if (typeof content !== 'string') return null;
  const url = /^data:([^;,]+);base64,/i.exec(content.slice(0, 256));
  const bytes = bytesOfBase64(content.slice(url?.[0].length ?? 0));
  return bytes && { bytes, typeOfUrl: url?.[1] };
}

/** Strict: `Buffer.from` alone takes anything. Null for what is no base64. */
export function bytesOfBase64(text: string): Buffer | null {
  const base64 = text.replace(/[\r\n]/g, '');
  if (base64.length % 4 === 1 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return null;
  return Buffer.from(base64, 'base64');
}

/** Whatever a program calls it: what is UTF-8 without control characters can be read to a model. */
function isText(bytes: Buffer): boolean {
  if (bytes.includes(0)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const textType = (contentType: string) =>
  contentType === 'application/octet-stream' ? 'text/plain' : contentType;

/** For show only; a file is never stored under it. */
function safeName(name: string | undefined): string | undefined {
  const last = name
    ?.split(/[/\\]/)
    .at(-1)
    ?.replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, 200);
  return last === '' ? undefined : last;
}
