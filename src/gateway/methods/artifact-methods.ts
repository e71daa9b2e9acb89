import {
  errorShape,
  validateArtifactsDownloadParams,
  validateArtifactsGetParams,
  validateArtifactsListParams,
} from '@openclaw/gateway-protocol';
import type { AnswerFiles } from '../agent/media/answer-files.ts';
import { answer, failure, type Reply } from '../server/frames.ts';
import type { AssistantRow, KeptFile } from '../sessions/history-row.ts';
import type { RunStore } from '../sessions/run-store.ts';
import { parseSessionKey } from '../sessions/session-key.ts';
import type { TranscriptReader } from '../sessions/transcript-reader.ts';
import { checked, type MethodTable } from './method.ts';

export type ArtifactDeps = {
  readonly files: AnswerFiles;
  readonly reader: TranscriptReader;
  readonly runStore: RunStore;
};

type Query = { sessionKey?: string; runId?: string; taskId?: string };

/** What answers came with. An artifact is given out only where a transcript names it; shapes and errors as observed. */
export function artifactMethods({ files, reader, runStore }: ArtifactDeps): MethodTable {
  const keyOf = ({ sessionKey, runId }: Query) =>
    sessionKey === undefined ? runStore.find(runId ?? '')?.sessionKey : parseSessionKey(sessionKey).key;
  const find = (query: Query) => {
    const key = keyOf(query);
    if (key === undefined) return [];
    const rows = reader.withArtifacts(key).map((row) => JSON.parse(row) as AssistantRow);
    return rows
      .filter(({ __openclaw: { runId } }) => query.runId === undefined || runId === query.runId)
      .flatMap((row) => row.content.flatMap((block) => summaryOf(key, row, block) ?? []));
  };
  const one = async (
    query: Query & { artifactId: string },
    reply: (artifact: Summary) => Reply | Promise<Reply>,
  ): Promise<Reply> => {
    const artifact = find(query).find(({ id }) => id === query.artifactId);
    return artifact ? reply(artifact) : notFound(query.artifactId);
  };

  return {
    ...checked('artifacts.list', 'operator.read', validateArtifactsListParams, (query) =>
      answer({ artifacts: find(query) }),
    ),
    ...checked('artifacts.get', 'operator.read', validateArtifactsGetParams, (query) =>
      one(query, (artifact) => answer({ artifact })),
    ),
    ...checked('artifacts.download', 'operator.read', validateArtifactsDownloadParams, (query) =>
      one(query, async (artifact) => {
        const bytes = await files.read(artifact.id);
        if (bytes === null) return notFound(artifact.id);
        return answer({ artifact, encoding: 'base64', data: bytes.toString('base64') });
      }),
    ),
  };
}

type Summary = NonNullable<ReturnType<typeof summaryOf>>;

function summaryOf(sessionKey: string, row: AssistantRow, block: AssistantRow['content'][number]) {
  if (block.type === 'text' || block.type === 'attachment_error') return null;
  const kept: KeptFile = block.type === 'image' ? block : block.attachment;
  return {
    id: kept.artifactId,
    type: block.type === 'image' ? 'image' : 'file',
    title: block.type === 'image' ? block.alt : block.attachment.label,
    mimeType: kept.mimeType,
    sizeBytes: kept.sizeBytes,
    sessionKey,
    ...(row.__openclaw.runId === undefined ? {} : { runId: row.__openclaw.runId }),
    messageSeq: row.__openclaw.seq,
    source: 'session-transcript',
    download: { mode: 'bytes' },
  } as const;
}

function notFound(artifactId: string): Reply {
  const details = { type: 'artifact_not_found', artifactId };
  return failure(errorShape('INVALID_REQUEST', 'artifact not found', { details }));
}
