import type { MCPClient } from '@ai-sdk/mcp';
import { z } from 'zod';
import { assertNever } from '../../../shared/assert-never.ts';
import type { McpServerConfig } from '../../../shared/config/model-config.ts';
import type { GatewayLogger } from '../../options.ts';
import { maskSecrets } from '../mask-secrets.ts';
import { type AgentTool, type ToolImage, type ToolResult, type ToolText, textResult } from './agent-tool.ts';

/** The MCP servers of the configuration. They are started when the agent first needs tools, and then kept. */
export type McpServers = {
  /** The tools of all servers that answer. One that does not is left out, noted in the log, and tried again. */
  tools(): Promise<AgentTool[]>;
  /** Ends the programs and connections. */
  stop(): Promise<void>;
};

const CONNECT_TIMEOUT_MS = 30_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** A server that did not come up is not tried again before that. */
const RETRY_AFTER_MS = 30_000;

type Connected = { readonly client: MCPClient; readonly tools: readonly AgentTool[] };
type Slot = { connection: Promise<Connected | null>; failedAt: number | null };

export function createMcpServers(deps: {
  servers: Readonly<Record<string, McpServerConfig>>;
  version: string;
  logger: GatewayLogger;
  now: () => number;
}): McpServers {
  const { servers, logger, now } = deps;
  const slots = new Map<string, Slot>();
  let stopped = false;

  const open = (name: string, config: McpServerConfig): Slot => {
    let isUp = false;
    // A connection that breaks is made anew; one that never was waits, see below.
    const forget = () => {
      if (isUp && slots.get(name) === slot) slots.delete(name);
    };
    const slot: Slot = {
      failedAt: null,
      connection: connect(name, config, deps.version, forget)
        .then((connected) => {
          isUp = true;
          return connected;
        })
        .catch((thrown: unknown) => {
          // Not the error itself: it may quote a header.
          logger.warn({ server: name, reason: nameOf(thrown) }, 'an MCP server did not come up');
          slot.failedAt = now();
          return null;
        }),
    };
    slots.set(name, slot);
    return slot;
  };

  const slotFor = (name: string, config: McpServerConfig) => {
    const slot = slots.get(name);
    const isDue = slot === undefined || (slot.failedAt !== null && now() - slot.failedAt > RETRY_AFTER_MS);
    return isDue ? open(name, config) : slot;
  };

  return {
    async tools() {
      if (stopped) return [];
      const connected = await Promise.all(
        Object.entries(servers).map(([name, config]) => slotFor(name, config).connection),
      );
      return connected.flatMap((each) => each?.tools ?? []);
    },
    async stop() {
      stopped = true;
      const ending = [...slots.values()].map(async ({ connection }) => (await connection)?.client.close());
      slots.clear();
      await Promise.allSettled(ending);
    },
  };
}

async function connect(
  name: string,
  config: McpServerConfig,
  version: string,
  onLost: () => void,
): Promise<Connected> {
  const { createMCPClient } = await import('@ai-sdk/mcp');
  const timeout = config.connectionTimeoutMs ?? CONNECT_TIMEOUT_MS;
  const client = await createMCPClient({
    transport: await transportOf(config),
    clientName: 'chela',
    version,
    // Older servers take `initialize` first and nothing else.
    protocolVersionDiscovery: false,
    initializationOptions: { timeout, signal: AbortSignal.timeout(timeout) },
    onUncaughtError: onLost,
  });
  try {
    const { tools } = await client.listTools({ options: { timeout } });
    const secrets = [config.env, config.headers].flatMap((values) => Object.values(values ?? {}));
    const requestTimeout = config.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    return {
      client,
      tools: tools.map((tool) => ({
        name: toolName(name, tool.name),
        description: tool.description ?? `${tool.name} of ${name}`,
        parameters: tool.inputSchema,
        commandBearing: false,
        describe: () => `${tool.name} (${name})`,
        async run(args, { signal }) {
          const options = { signal, timeout: requestTimeout };
          const called = await client
            .callTool({ name: tool.name, arguments: args, options })
            .catch((thrown) => {
              throw new Error(
                maskSecrets(thrown instanceof Error ? thrown.message : String(thrown), secrets),
              );
            });
          return resultOf(called);
        },
      })),
    };
  } catch (thrown) {
    await client.close().catch(() => {});
    throw thrown;
  }
}

async function transportOf(config: McpServerConfig) {
  const { command, args, env, cwd, url, transport, headers } = config;
  if (command !== undefined) {
    const { StdioMCPTransport } = await import('@ai-sdk/mcp/mcp-stdio');
    return new StdioMCPTransport({ command, args, env: safeEnv(env), cwd, stderr: 'ignore' });
  }
  return { type: transport ?? 'http', url: url ?? '', headers } as const;
}

/**
 * Variables that make an interpreter or a loader run something else do not come from a configuration file
 * (documented for real Gateways).
 */
function safeEnv(env: Record<string, string> | undefined): Record<string, string> | undefined {
  if (env === undefined) return undefined;
  const isBlocked = (name: string) =>
    /^(NODE_OPTIONS|PYTHONSTARTUP|PERL5OPT|RUBYOPT|BASHOPTS|SHELLOPTS|BASH_ENV|ENV|KSH_ENV|(DYLD|LD|BASH_FUNC)_.*)$/i.test(
      name,
    );
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isBlocked(name)));
}

/** Two servers may have tools of one name, and providers take only some characters. */
function toolName(server: string, tool: string): string {
  return `${server}__${tool}`.replace(/[^\w-]/g, '_').slice(0, 64);
}

function resultOf(called: Awaited<ReturnType<MCPClient['callTool']>>): ToolResult {
  if (!('content' in called) || !Array.isArray(called.content)) {
    return textResult(JSON.stringify('toolResult' in called ? called.toolResult : called));
  }
  return { content: (called.content as unknown[]).map(partOf), isError: called.isError === true };
}

const mediaFields = { data: z.string(), mimeType: z.string() };
const partSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('image'), ...mediaFields }),
  z.object({ type: z.literal('audio'), ...mediaFields }),
  z.object({
    type: z.literal('resource'),
    resource: z.union([
      z.object({ text: z.string() }),
      z.object({ uri: z.string(), blob: z.string(), mimeType: z.string().optional() }),
    ]),
  }),
  z.object({ type: z.literal('resource_link'), uri: z.string(), name: z.string() }),
]);

/** What a model can't read is named, as a real Gateway does (observed), not spelled out to it. */
function partOf(given: unknown): ToolText | ToolImage {
  const parsed = partSchema.safeParse(given);
  if (!parsed.success) return text(JSON.stringify(given));
  const part = parsed.data;
  switch (part.type) {
    case 'text':
    case 'image':
      return part;
    case 'audio':
      return text(`[audio ${part.mimeType}]`);
    case 'resource': {
      if ('text' in part.resource) return text(part.resource.text);
      const { uri, blob, mimeType = '' } = part.resource;
      return mimeType.startsWith('image/') ? { type: 'image', data: blob, mimeType } : text(uri);
    }
    case 'resource_link':
      return text(`[${part.name}] ${part.uri}`);
    default:
      return assertNever(part);
  }
}

const text = (words: string): ToolText => ({ type: 'text', text: words });

const nameOf = (thrown: unknown) => (thrown instanceof Error ? thrown.name : typeof thrown);
