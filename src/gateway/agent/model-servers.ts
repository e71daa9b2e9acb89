import { z } from 'zod';

/** A model server that answered on loopback. Models that cannot chat are left out. */
export type ModelServer = {
  /** Short, without a slash; the first half of a model reference. */
  readonly providerId: string;
  /** A product's own name, or null where the server did not tell. */
  readonly name: string | null;
  readonly port: number;
  readonly baseUrl: string;
  readonly models: readonly string[];
};

/** Ollama, LM Studio, llama.cpp (and others), vLLM. */
export const usualModelPorts = [11434, 1234, 8080, 8000];

const knownByPort = new Map([
  [11434, { providerId: 'ollama', name: 'Ollama' }],
  [1234, { providerId: 'lmstudio', name: 'LM Studio' }],
]);

/** Servers that share ports with everything else tell who they are in `owned_by`. */
const knownByOwner = new Map([
  ['llamacpp', { providerId: 'llamacpp', name: 'llama.cpp' }],
  ['vllm', { providerId: 'vllm', name: 'vLLM' }],
]);

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_MODELS = 50;

/** The answer to `GET /v1/models`. Ollama sends `data: null` while it has no model. */
const modelListSchema = z.object({
  object: z.literal('list'),
  data: z
    .array(z.object({ id: z.string().min(1).max(256), owned_by: z.string().optional().catch(undefined) }))
    .nullable(),
});

/**
 * Asks each port at once for its models and keeps those that answer like an OpenAI-compatible server. Never
 * throws; takes no longer than `timeoutMs`.
 */
export async function probeModelServers(
  ports: readonly number[],
  timeoutMs: number,
  request: typeof fetch = fetch,
): Promise<ModelServer[]> {
  const found = await Promise.all(ports.map((port) => probe(port, timeoutMs, request)));
  const servers: ModelServer[] = [];
  for (const server of found) {
    if (server === null) continue;
    const isTaken = servers.some((other) => other.providerId === server.providerId);
    servers.push(isTaken ? { ...server, providerId: `local-${server.port}` } : server);
  }
  return servers;
}

async function probe(port: number, timeoutMs: number, request: typeof fetch): Promise<ModelServer | null> {
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  try {
    const response = await request(`${baseUrl}/models`, {
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) return null;
    const list = modelListSchema.safeParse(JSON.parse(await readText(response)));
    if (!list.success) return null;
    const models = (list.data.data ?? []).slice(0, MAX_MODELS);
    const known = knownByPort.get(port) ?? knownByOwner.get(models[0]?.owned_by ?? '');
    return {
      providerId: known?.providerId ?? `local-${port}`,
      name: known?.name ?? null,
      port,
      baseUrl,
      models: models.map((model) => model.id).filter(canChat),
    };
  } catch {
    // Nothing there, too slow, or something else: all the same to the person who looks for a model.
    return null;
  }
}

/** The list does not say what a model is for; the usual names of embedding and ranking models do. */
const canChat = (id: string) => !/embed|rerank|\bbge-/i.test(id);

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
