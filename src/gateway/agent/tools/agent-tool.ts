/** A JSON schema of an object. Other programs (nodes, MCP servers) write them, so nothing more is promised. */
type ToolParameters = Readonly<Record<string, unknown>>;

export type ToolText = { readonly type: 'text'; readonly text: string };
/** `data`: base64, as the tool gave it. */
export type ToolImage = { readonly type: 'image'; readonly data: string; readonly mimeType: string };

/** What a tool gives back; `details` are for the clients, `content` is what the model reads (observed). */
export type ToolResult = {
  readonly content: readonly (ToolText | ToolImage)[];
  readonly isError: boolean;
  readonly details?: Record<string, unknown>;
};

/** What a tool learns about the call, and how it tells what it is doing. */
export type ToolCallContext = {
  readonly runId: string;
  readonly sessionKey: string;
  readonly toolCallId: string;
  readonly signal: AbortSignal;
  /** Output so far, for tools that take a while. */
  progress(output: string, details?: Record<string, unknown>): void;
  emit(stream: 'lifecycle' | 'approval', data: Record<string, unknown>): void;
};

/** Something the agent can do. `run` returns failures as results; a throw becomes one. */
export type AgentTool = {
  /** Letters, digits, `_` and `-`, at most 64: what every dialect takes. */
  readonly name: string;
  readonly description: string;
  readonly parameters: ToolParameters;
  /** Runs a command on a computer: its output is streamed to the clients. */
  readonly commandBearing: boolean;
  /** One line about this call, for people. */
  describe(args: Record<string, unknown>): string;
  run(args: Record<string, unknown>, context: ToolCallContext): Promise<ToolResult>;
};

export const textResult = (text: string, isError = false, details?: Record<string, unknown>): ToolResult => ({
  content: [{ type: 'text', text }],
  isError,
  ...(details === undefined ? {} : { details }),
});
