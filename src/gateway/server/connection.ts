import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ConnectParams, ErrorShape } from '@openclaw/gateway-protocol';
import {
  formatValidationErrors,
  validateConnectParams,
  validateRequestFrame,
} from '@openclaw/gateway-protocol';
import type { RawData, WebSocket } from 'ws';
import type { Admission, Admit } from '../auth/admission.ts';
import {
  alreadyStopping,
  type ConnectRefusal,
  invalidConnect,
  stillStarting,
} from '../auth/connect-refusal.ts';
import type { Ingress } from '../auth/ingress.ts';
import type { GatewayClock } from '../clock.ts';
import { every } from '../clock.ts';
import type { GatewayLimits, GatewayLogger } from '../options.ts';
import type { Client } from './client.ts';
import { closeReason, eventText, invalidRequest, type Reply, responseFrame } from './frames.ts';
import type { Phase } from './phase.ts';

export type ConnectionDeps = {
  readonly phase: () => Phase;
  readonly admit: Admit;
  /** Runs one method of an admitted client. Never rejects. */
  readonly dispatch: (client: Client, method: string, params: unknown) => Promise<Reply>;
  /** The socket is no stranger any more. */
  readonly onDidAdmit: () => void;
  /**
   * Called once, after admission. `greet` sends the `hello-ok`; broadcasts may follow it, never precede it.
   */
  readonly receive: (client: Client, greet: (hello: object) => void) => void;
  readonly onDidDisconnect: (client: Client) => void;
  readonly clock: GatewayClock;
  readonly newId: () => string;
  readonly limits: GatewayLimits;
  readonly logger: GatewayLogger;
};

type RequestFrame = { id: string; method: string; params?: unknown };

/** How long a peer gets to answer our close frame before the socket is cut. */
const CLOSE_GRACE_MS = 1_000;

/**
 * One socket, from the challenge to its end (observed):
 *
 *   challenged ──connect──> admitted ──> closed
 *       └──anything else, 15 s, 64 KiB, a Gateway that starts or stops──> closed
 */
export function serveConnection(
  socket: WebSocket,
  { request, ingress }: { request: IncomingMessage; ingress: Ingress },
  deps: ConnectionDeps,
): void {
  const { clock, limits, logger } = deps;
  const connId = deps.newId();
  const challenge = { nonce: deps.newId(), ts: clock.now() };
  let client: Client | null = null;
  /** Refused, and the answer is still kept back. */
  let isJudged = false;
  let seq = 0;

  const transmit = (frame: string | Buffer) => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > limits.maxBufferedBytes) {
      logger.warn({ connId, bufferedBytes: socket.bufferedAmount }, 'dropping a client that does not read');
      socket.terminate();
      return;
    }
    socket.send(frame, { binary: false });
  };
  const respond = (id: string, reply: Reply) => transmit(responseFrame(id, reply));
  const close = (code: number, reason: string) => {
    socket.close(code, closeReason(reason));
    cancels.push(clock.after(CLOSE_GRACE_MS, () => socket.terminate()));
  };
  const refuse = (id: string, { error, closeCode, closeReason: reason }: ConnectRefusal) => {
    logger.info({ connId, code: error.code, details: detailCode(error) }, 'connect refused');
    respond(id, { ok: false, error });
    close(closeCode, reason);
  };

  const cancels = [clock.after(limits.handshakeTimeoutMs, () => close(1000, ''))];
  const stopCountingBytes = countBytes(request.socket, limits.preauthBytes, () => close(1009, ''));

  const onFirstFrame = (text: string) => {
    const frame = parseJson(text);
    if (frame === undefined) return close(1000, '');
    if (!validateRequestFrame(frame)) return close(1008, 'invalid request frame');
    if (frame.method !== 'connect') {
      return refuse(frame.id, invalidConnect('invalid handshake: first request must be connect'));
    }
    const { params } = frame;
    if (!validateConnectParams(params)) {
      const errors = formatValidationErrors(validateConnectParams.errors);
      return refuse(frame.id, invalidConnect(`invalid connect params: ${errors}`));
    }
    const phase = deps.phase();
    if (phase !== 'running')
      return refuse(frame.id, phase === 'starting' ? stillStarting() : alreadyStopping());
    const verdict = deps.admit(params, {
      ingress,
      headers: request.headers,
      nonce: challenge.nonce,
      now: clock.now(),
    });
    if (!verdict.ok) {
      isJudged = true;
      if (verdict.delayMs === 0) return refuse(frame.id, verdict.refusal);
      cancels.push(clock.after(verdict.delayMs, () => refuse(frame.id, verdict.refusal)));
      return;
    }

    deps.onDidAdmit();
    stopCountingBytes();
    for (const cancel of cancels.splice(0)) cancel();
    cancels.push(every(clock, limits.pingIntervalMs, ping));
    client = createClient(params, verdict.admission);
    logger.info({ connId, clientId: params.client.id, role: verdict.admission.role }, 'client connected');
    deps.receive(client, (payload) => respond(frame.id, { ok: true, payload }));
  };

  const onLaterFrame = async (admitted: Client, text: string) => {
    const frame = parseJson(text);
    if (frame === undefined) return;
    if (!validateRequestFrame(frame)) {
      const errors = formatValidationErrors(validateRequestFrame.errors);
      return respond(idOf(frame), invalidRequest(`invalid request frame: ${errors}`));
    }
    const { id, method, params } = frame as RequestFrame;
    if (method === 'connect') {
      return respond(id, invalidRequest('connect is only valid as the first request'));
    }
    const reply = await deps.dispatch(admitted, method, params);
    respond(id, reply);
    if ('later' in reply && reply.later !== undefined) respond(id, await reply.later);
  };

  /** What a full disk or an unreadable file does to one connection ends that one, and not the process. */
  const guarded = (work: () => void) => {
    try {
      work();
    } catch (thrown) {
      logger.error({ connId, reason: String(thrown) }, 'a connection failed');
      close(1011, 'internal error');
    }
  };

  // Two pings without a pong, and nobody is there any more.
  let unanswered = 0;
  const ping = () => {
    if (unanswered === 2) return socket.terminate();
    unanswered += 1;
    socket.ping();
  };
  socket.on('pong', () => {
    unanswered = 0;
  });

  const createClient = (connect: ConnectParams, admission: Admission): Client => {
    let watchesSessions = false;
    return {
      connId,
      connect,
      admission,
      connectedAt: clock.now(),
      watchedKeys: new Set(),
      get watchesSessions() {
        return watchesSessions;
      },
      watchSessions(isWatching) {
        watchesSessions = isWatching;
      },
      sendEvent(event, payload, options) {
        seq += 1;
        transmit(eventText(event, payload, seq, options));
      },
      sendDirect: (event, payload) => transmit(eventText(event, JSON.stringify(payload))),
      close,
    };
  };

  socket.on('message', (data, isBinary) => {
    if (isBinary || socket.readyState !== socket.OPEN) return;
    const text = textOf(data);
    if (client !== null) void onLaterFrame(client, text);
    else if (Buffer.byteLength(text) > limits.preauthBytes) close(1009, '');
    else if (!isJudged) guarded(() => onFirstFrame(text));
  });
  socket.on('error', (error) => logger.debug({ connId, reason: error.message }, 'socket error'));
  socket.on('close', (code) => {
    stopCountingBytes();
    for (const cancel of cancels) cancel();
    if (client === null) return;
    logger.info({ connId, code }, 'client disconnected');
    const left = client;
    guarded(() => deps.onDidDisconnect(left));
  });

  transmit(eventText('connect.challenge', JSON.stringify({ ...challenge, capabilities: [] })));
}

/**
 * `ws` has one payload limit per server, and the one for admitted clients is 25 MiB. A stranger gets far
 * less: this counts what arrives before admission, with some room for frame headers. Returns the way to stop.
 */
function countBytes(stream: Duplex, limit: number, onExceeded: () => void): () => void {
  const FRAME_OVERHEAD = 1024;
  let bytes = 0;
  const onData = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= limit + FRAME_OVERHEAD) return;
    stop();
    onExceeded();
  };
  const stop = () => void stream.off('data', onData);
  stream.on('data', onData);
  return stop;
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return data instanceof ArrayBuffer ? Buffer.from(data).toString('utf8') : data.toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Frames without a usable id are answered under the id `invalid`, an empty id under itself (observed). */
function idOf(frame: unknown): string {
  const id = typeof frame === 'object' && frame !== null && 'id' in frame ? frame.id : undefined;
  return typeof id === 'string' ? id : 'invalid';
}

function detailCode(error: ErrorShape): unknown {
  const { details } = error;
  return typeof details === 'object' && details !== null && 'code' in details ? details.code : undefined;
}
