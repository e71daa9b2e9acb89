import { type IncomingMessage, request } from 'node:http';
import { type AppError, appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { dialGateway, type GatewayAddress } from './dial.ts';

export type GatewayFile = { readonly mimeType: string; readonly bytes: Buffer };

export type GatewayFileOptions = GatewayAddress & {
  /** On the Gateway, below the path of its URL; with the ticket that `artifacts.download` gave. */
  readonly path: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
};

const DIAL_TIMEOUT_MS = 10_000;
/** Without a byte. A large file over a thin tunnel may take as long as it wants. */
const SILENCE_MS = 20_000;

/**
 * GET of a file that a Gateway hands out for a while. Nothing but the ticket in the path goes along: no credential, no
 * Origin; the connection is dialed by the rules of every other, and redirects are not followed. Failures: those of
 * {@link dialGateway}, ARTIFACT_GONE, ARTIFACT_TOO_LARGE, ARTIFACT_FAILED. Never rejects.
 */
export async function fetchGatewayFile(options: GatewayFileOptions): Promise<Result<GatewayFile>> {
  const { path, maxBytes, signal } = options;
  const dialed = await dialGateway({ ...options, timeoutMs: DIAL_TIMEOUT_MS });
  if (!dialed.ok) return dialed;
  const { socket, url } = dialed.value;
  return new Promise((resolve) => {
    const asked = request({
      host: url.host,
      port: url.port,
      createConnection: () => socket,
      path: basePath(url.href) + path,
      signal,
      headers: { connection: 'close' },
    });
    const settle = (result: Result<GatewayFile>) => {
      resolve(result);
      asked.destroy();
    };
    asked.setTimeout(SILENCE_MS, () => settle(err(failed('the Gateway fell silent'))));
    asked.once('error', (error: NodeJS.ErrnoException) => settle(err(failed(error.code ?? error.message))));
    asked.once('response', (response) => {
      const refusal = refusalOf(response, maxBytes);
      if (refusal) return settle(err(refusal));
      void readAll(response, maxBytes).then(settle);
    });
    asked.end();
  });
}

const basePath = (href: string) => new URL(href).pathname.replace(/\/$/, '');

function refusalOf({ statusCode, headers }: IncomingMessage, maxBytes: number): AppError | null {
  if (statusCode === 404 || statusCode === 410) return appError('ARTIFACT_GONE', `HTTP ${statusCode}`);
  if (statusCode !== 200) return failed(`HTTP ${statusCode}`);
  return Number(headers['content-length'] ?? 0) > maxBytes ? tooLarge(maxBytes) : null;
}

async function readAll(response: IncomingMessage, maxBytes: number): Promise<Result<GatewayFile>> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) return err(tooLarge(maxBytes));
      chunks.push(chunk);
    }
  } catch (thrown) {
    return err(failed(thrown instanceof Error ? thrown.message : String(thrown)));
  }
  const mimeType = response.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  return ok({ mimeType: mimeType ?? 'application/octet-stream', bytes: Buffer.concat(chunks) });
}

const failed = (reason: string) => appError('ARTIFACT_FAILED', reason, { details: { reason } });

const tooLarge = (maxBytes: number) =>
  appError('ARTIFACT_TOO_LARGE', `more than ${maxBytes} bytes`, {
    details: { limit: Math.floor(maxBytes / 1_048_576) },
  });
