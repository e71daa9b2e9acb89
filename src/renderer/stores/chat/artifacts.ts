import { GatewayProtocolRequestError } from '@openclaw/gateway-client/browser';
import { z } from 'zod';
import { MAX_FILE_BYTES, MAX_PICTURE_BYTES } from '../../../shared/contract/artifact.ts';
import type { RequestFunction } from '../../../shared/contract/requests.ts';
import { type AppError, AppErrorException, appError } from '../../../shared/errors.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import { type Artifact, blobOf, isPictureType, pictureOf } from './artifact.ts';
import type { ChatStorage, Place } from './chat-storage.ts';
import type { OutboxItem } from './outbox.ts';
import { requestError } from './refusal.ts';

export type ArtifactsOptions = {
  /** To the Gateway. */
  request: <T>(method: string, params: unknown) => Promise<T>;
  engine: RequestFunction;
  storage: Pick<ChatStorage, 'readPictures'>;
  /** The conversation on the screen, and the connection it is read over. */
  where: () => { place: Place; sessionKey: string; generation: number | null };
};

type SentMessage = Pick<OutboxItem, 'idempotencyKey' | 'attachments'>;

export type Artifacts = {
  /** Of the conversation on the screen. What was sent, or fetched lately, is not fetched again. Never rejects. */
  fetch(artifact: Artifact): Promise<Result<Blob>>;
  /** Pictures of a message that is being sent: the Gateway names them, and does not give them back. */
  remember(message: SentMessage): void;
  /** Those of a message that this page sent; empty where it does not remember. */
  sentWith(idempotencyKey: string | null): readonly Artifact[];
  /** The same, where it was an earlier page. */
  recall(idempotencyKey: string): Promise<readonly Artifact[]>;
};

/** Of all pictures and files that are kept for the next look. */
const keptBytes = 48 * 1_048_576;

const downloadSchema = z.looseObject({
  artifact: z
    .looseObject({ mimeType: z.string().optional().catch(undefined) })
    .optional()
    .catch(undefined),
  /** Either the bytes as base64, or where they are for the next minutes. */
  data: z.string().optional().catch(undefined),
  url: z.string().optional().catch(undefined),
});
const refusalSchema = z.looseObject({ type: z.literal('artifact_not_found') });

/**
 * Fetches what answers came with: through the open connection where the Gateway gives the bytes, through the engine
 * where it gives a ticket, from nowhere else.
 */
export function createArtifacts({ request, engine, storage, where }: ArtifactsOptions): Artifacts {
  /** The one looked at last is last. */
  const kept = new Map<string, Blob>();
  /** By idempotency key; the one sent last is last. */
  const sentPictures = new Map<string, readonly Artifact[]>();
  const underWay = new Map<string, Promise<Result<Blob>>>();

  function keep(key: string, blob: Blob) {
    kept.delete(key);
    kept.set(key, blob);
    let total = [...kept.values()].reduce((sum, { size }) => sum + size, 0);
    for (const [oldest, { size }] of kept) {
      if (total <= keptBytes) break;
      total -= size;
      kept.delete(oldest);
    }
  }

  async function download({ id: artifactId, kind }: Artifact): Promise<Blob> {
    const { sessionKey, generation } = where();
    const answer = downloadSchema.parse(await request('artifacts.download', { sessionKey, artifactId }));
    const given = answer.artifact?.mimeType ?? '';
    if (answer.data !== undefined) return decode(answer.data, given);
    if (answer.url === undefined || generation === null) throw failure('nothing to fetch');
    const fetched = await engine('artifact.fetch', {
      generation,
      path: answer.url,
      maxBytes: maxBytesOf(kind),
    });
    if (!fetched.ok) throw new AppErrorException(fetched.error);
    return decode(fetched.value.data, fetched.value.mimeType);
  }

  async function read(key: string, artifact: Artifact): Promise<Result<Blob>> {
    try {
      const blob = await download(artifact);
      if (artifact.kind === 'picture' && !isPictureType(blob.type)) throw failure(blob.type);
      keep(key, blob);
      return ok(blob);
    } catch (thrown) {
      return err(describe(thrown));
    } finally {
      underWay.delete(key);
    }
  }

  function remember({ idempotencyKey, attachments }: SentMessage) {
    const pictures = attachments.flatMap((file) => pictureOf(file) ?? []);
    if (pictures.length === 0) return;
    sentPictures.set(idempotencyKey, pictures);
    let total = bytesIn([...sentPictures.values()].flat());
    for (const [oldest, those] of sentPictures) {
      if (total <= keptBytes) break;
      total -= bytesIn(those);
      sentPictures.delete(oldest);
    }
  }

  return {
    fetch(artifact) {
      const maxBytes = maxBytesOf(artifact.kind);
      const isTooLarge = artifact.bytes !== null && artifact.bytes > maxBytes;
      if (isTooLarge) return Promise.resolve(err(tooLarge(maxBytes)));
      if (artifact.data !== null) return Promise.resolve(sent(artifact.data, artifact.mimeType));
      if (artifact.id === null) return Promise.resolve(err(appError('ARTIFACT_GONE', 'no id')));
      const key = `${where().place}\n${artifact.id}`;
      const known = kept.get(key);
      if (known) {
        keep(key, known);
        return Promise.resolve(ok(known));
      }
      const reading = underWay.get(key) ?? read(key, artifact);
      underWay.set(key, reading);
      return reading;
    },
    remember,
    async recall(idempotencyKey) {
      if (!sentPictures.has(idempotencyKey)) {
        remember({ idempotencyKey, attachments: await storage.readPictures(idempotencyKey) });
      }
      return sentPictures.get(idempotencyKey) ?? nothingSent;
    },
    sentWith: (idempotencyKey) => sentPictures.get(idempotencyKey ?? '') ?? nothingSent,
  };
}

const maxBytesOf = (kind: Artifact['kind']) => (kind === 'picture' ? MAX_PICTURE_BYTES : MAX_FILE_BYTES);

/** What came with the message itself. */
function sent(data: string, mimeType: string | null): Result<Blob> {
  const blob = blobOf(data, mimeType ?? '');
  return blob ? ok(blob) : err(failure('no base64').error);
}

function describe(thrown: unknown): AppError {
  if (thrown instanceof AppErrorException) return thrown.error;
  const isGone =
    thrown instanceof GatewayProtocolRequestError && refusalSchema.safeParse(thrown.details).success;
  return isGone
    ? appError('ARTIFACT_GONE', 'artifacts.download: not found')
    : requestError(thrown, 'artifacts.download');
}

function failure(reason: string): AppErrorException {
  return new AppErrorException(appError('ARTIFACT_FAILED', reason, { details: { reason } }));
}

const nothingSent: readonly Artifact[] = [];

function bytesIn(pictures: readonly Artifact[]): number {
  return pictures.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
}

function tooLarge(maxBytes: number): AppError {
  const limit = Math.floor(maxBytes / 1_048_576);
  return appError('ARTIFACT_TOO_LARGE', `more than ${maxBytes} bytes`, { details: { limit } });
}

function decode(data: string, mimeType: string): Blob {
  const blob = blobOf(data, mimeType);
  if (!blob) throw failure('no base64');
  return blob;
}
