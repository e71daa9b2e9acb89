import { type IncomingMessage, request } from 'node:http';
import type { AppError } from '../../shared/errors.ts';
import { printable } from '../../shared/printable.ts';
import { dialGateway, type GatewayAddress } from '../link/dial.ts';
import { readStart } from '../link/read-start.ts';

export type HttpAnswer =
  | {
      readonly kind: 'http';
      readonly status: number;
      readonly bodyKind: 'empty' | 'html' | 'json' | 'text' | 'binary';
      /** The answer a Gateway gives at `/healthz`. */
      readonly isGateway: boolean;
      readonly server: string;
      /** Epoch milliseconds of the Date header, to the second; null without one. */
      readonly dateMs: number | null;
    }
  /** Something spoke, but not HTTP. `text`: its first printable line. */
  | { readonly kind: 'notHttp'; readonly text: string }
  /** `error`: where the dial itself was refused. */
  | { readonly kind: 'none'; readonly errno: string; readonly error?: AppError };

const bodyBytes = 4096;

/** GET `/healthz` of the Gateway's address, on a socket of its own. Rejects only with the signal's reason. */
export async function probeHttp(
  address: GatewayAddress,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const dialed = await dialGateway({ ...address, timeoutMs, signal });
  signal.throwIfAborted();
  if (!dialed.ok) return { kind: 'none', errno: dialed.error.message, error: dialed.error };
  const { socket, url } = dialed.value;
  return new Promise((resolve, reject) => {
    const asked = request({
      host: url.host,
      port: url.port,
      createConnection: () => socket,
      path: '/healthz',
      signal,
      headers: { connection: 'close', accept: 'application/json' },
    });
    asked.setTimeout(timeoutMs, () => asked.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })));
    asked.once('response', (response) => {
      readStart(response, bodyBytes).then(
        (body) => {
          asked.destroy();
          resolve(describeAnswer(response, body));
        },
        (error: unknown) => settle(error),
      );
    });
    const settle = (error: unknown) => {
      if (signal.aborted) reject(signal.reason);
      else resolve(describeFailure(error));
    };
    asked.once('error', settle);
    asked.end();
  });
}

function describeAnswer(response: IncomingMessage, body: Buffer): HttpAnswer {
  const text = body.toString('utf8').trim();
  const json = parseJson(text);
  const date = Date.parse(response.headers.date ?? '');
  return {
    kind: 'http',
    status: response.statusCode ?? 0,
    bodyKind: bodyKindOf(text, json),
    isGateway: response.statusCode === 200 && isLive(json),
    server: printable(String(response.headers.server ?? '-')),
    dateMs: Number.isNaN(date) ? null : date,
  };
}

/** Source: protocol notes, HTTP endpoints: `{"ok":true,"status":"live"}`. */
function isLive(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'ok' in json && json.ok === true && 'status' in json;
}

function bodyKindOf(text: string, json: unknown) {
  if (text === '') return 'empty';
  if (json !== undefined) return 'json';
  if (/^<(!doctype|html|head|body)/i.test(text)) return 'html';
  return text.includes('�') ? 'binary' : 'text';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function describeFailure(error: unknown): HttpAnswer {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('HPE_') && error instanceof Error) {
    const raw = 'rawPacket' in error && Buffer.isBuffer(error.rawPacket) ? error.rawPacket : Buffer.alloc(0);
    const line = raw.toString('latin1').split(/[\r\n]/, 1)[0] ?? '';
    return { kind: 'notHttp', text: printable(line) };
  }
  return { kind: 'none', errno: code || (error instanceof Error ? error.message : String(error)) };
}
