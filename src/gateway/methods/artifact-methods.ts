import {
  errorShape,
  validateArtifactsDownloadParams,
  validateArtifactsGetParams,
  validateArtifactsListParams,
} from '@openclaw/gateway-protocol';
import type { AnswerFiles } from '../agent/media/answer-files.ts';
import { answer, failure, type Reply } from '../server/frames.ts';
import type { AssistantRow } from '../sessions/history-row.ts';
import type { RunStore } from '../sessions/run-store.ts';
import { parseSessionKey } from '../sessions/session-key.ts';
import type { ToolResultRow } from '../sessions/tool-rows.ts';
import type { TranscriptReader } from '../sessions/transcript-reader.ts';
import { checked, type MethodTable } from './method.ts';

export type ArtifactDeps = {
  readonly files: AnswerFiles;
  readonly reader: TranscriptReader;
  readonly runStore: RunStore;
};

type Query = { sessionKey?: string; runId?: string; taskId?: string };

/** What answers came with, and images that tools gave. An artifact is given out only where a transcript names it; shapes and errors as observed. */
export function artifactMethods({ files, reader, runStore }: ArtifactDeps): MethodTable {
  const keyOf = ({ sessionKey, runId }: Query) =>
    sessionKey === undefined ? runStore.find(runId ?? '')?.sessionKey : parseSessionKey(sessionKey).key;
  const find = (query: Query) => {
    const key = keyOf(query);
    if (key === undefined) return [];
    const rows = reader.withArtifacts(key).map((row) => JSON.parse(row) as Row);
    return rows
      .filter(({ __openclaw: { runId } }) => query.runId === undefined || runId === query.runId)
      .flatMap((row) => row.content.flatMap((block, at) => summaryOf(key, row, block, at) ?? []));
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

type Row = AssistantRow | ToolResultRow;
type Block = Row['content'][number];
type Summary = NonNullable<ReturnType<typeof summaryOf>>;

function summaryOf(sessionKey: string, row: Row, block: Block, at: number) {
  const kept = keptOf(row, block, at);
  if (kept === null) return null;
  return {
    ...kept,
    sessionKey,
    ...(row.__openclaw.runId === undefined ? {} : { runId: row.__openclaw.runId }),
    messageSeq: row.__openclaw.seq,
    source: 'session-transcript',
    download: { mode: 'bytes' },
  } as const;
}

function keptOf(row: Row, block: Block, at: number) {
  if (block.type === 'text' || block.type === 'attachment_error') return null;
  if (block.type === 'attachment') {
    const { artifactId: id, label: title, mimeType, sizeBytes } = block.attachment;
    return { id, type: 'file', title, mimeType, sizeBytes } as const;
  }
  const { artifactId: id, mimeType } = block;
  if (id === undefined) return null;
  const title = 'alt' in block ? block.alt : `${'toolName' in row ? row.toolName : 'image'} ${at + 1}`;
  return {
    id,
    type: 'image',
    title,
    mimeType,
    sizeBytes: 'bytes' in block ? block.bytes : block.sizeBytes,
  } as const;
}

function notFound(artifactId: string): Reply {
  const details = { type: 'artifact_not_found', artifactId };
  return failure(errorShape('INVALID_REQUEST', 'artifact not found', { details }));
}
