/** What rows of several kinds are made of. */
/** `input` is what was not read from a cache; `cost` in US dollars, 0 where prices are not known. */
export type TokenUsage = {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly cost: number;
};

/** A file that an answer came with; the Gateway keeps a copy. */
type KeptFile = {
  readonly artifactId: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
};

/** As content of an answer (observed). `attachment_error`: it was named, and could not be attached. */
export type AnswerFile =
  | ({ readonly type: 'image'; readonly alt: string } & KeptFile)
  | {
      readonly type: 'attachment';
      readonly attachment: { readonly kind: 'document'; readonly label: string } & KeptFile;
    }
  | {
      readonly type: 'attachment_error';
      readonly attachment: { readonly code: string; readonly kind: 'document'; readonly label: string };
    };

export type RowPosition = {
  readonly messageId: string;
  readonly seq: number;
  readonly runId: string;
  readonly at: number;
};

export type RowUsage = Record<'input' | 'output' | 'totalTokens' | 'cacheRead' | 'cacheWrite', number> & {
  cost: Record<'input' | 'output' | 'cacheRead' | 'cacheWrite' | 'total', number>;
};

/** `totalTokens` is all that passed through the model. Only the sum of the costs is known here. */
export function rowUsage(usage: TokenUsage): RowUsage {
  const { input, output, cacheRead, cacheWrite, cost } = usage;
  return {
    input,
    output,
    totalTokens: input + output + cacheRead + cacheWrite,
    cacheRead,
    cacheWrite,
    cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: cost },
  };
}
