import {
  ConnectErrorDetailCodes,
  type EventFrame,
  GatewayProtocolClient,
  GatewayProtocolRequestError,
  type HelloOk,
  readConnectErrorDetailCode,
  shouldPauseGatewayReconnect,
} from '@openclaw/gateway-client/browser';
import type { ChatTransport, RequestFunction } from '../../../shared/contract/requests.ts';
import type { Endpoint } from '../../../shared/contract/snapshot.ts';
import { type AppError, AppErrorException } from '../../../shared/errors.ts';
import type { Clock } from '../../clock.ts';
import { refusalError, requestError } from './refusal.ts';
import type { ChatTransports } from './transport.ts';

/**
 *  off ──► opening ◄──► waiting      `waiting`: between two attempts, or until the engine is connected
 *             │  ▲
 *             ▼  │ lost
 *            open        refused{error}: until a new generation, or until somebody asks again
 */
export type ChatLinkState =
  | { tag: 'off' }
  | { tag: 'opening' }
  | { tag: 'waiting' }
  | { tag: 'open'; transport: ChatTransport }
  | { tag: 'refused'; error: AppError };

/** Of the last attempt: why, where the Gateway said so, and when the next one comes. */
export type LinkFailure = { error: AppError | null; nextTryAtMs: number };

type ChatLinkHandlers = {
  onDidChange(state: ChatLinkState): void;
  /** Null when it is over, or nothing is tried by itself any more. */
  onDidFail(failure: LinkFailure | null): void;
  onOpen(hello: HelloOk): void;
  onClosed(): void;
  onEvent(frame: EventFrame): void;
  /** Broadcast events were missed. */
  onGap(): void;
};

export type ChatLinkOptions = {
  transports: ChatTransports;
  request: RequestFunction;
  handlers: ChatLinkHandlers;
  clock: Clock;
  newId: () => string;
  /** Of this page, for the sentence that tells which origin was refused. */
  origin: string;
};

export type ChatLink = {
  /**
   * Where to be connected. `canOpen`: whether a new attempt makes sense now; an open connection stays open
   * without it. A new generation closes and opens again, even where the URL is the same.
   */
  aim(endpoint: Endpoint | null, canOpen: boolean): void;
  /** Asks again after a refusal, and skips the wait between two attempts. */
  retry(): void;
  /** Closes the open connection and opens another at once. */
  reopen(): void;
  /** Rejects when the Gateway refuses, or when the connection ends first. */
  request<T>(method: string, params: unknown): Promise<T>;
  stop(): void;
};

const challengeTimeoutMs = 15_000;
const requestTimeoutMs = 30_000;
const defaultTickMs = 30_000;
const reconnect = { initialMs: 400, multiplier: 2, maxMs: 15_000 };

type Client = GatewayProtocolClient<Record<string, unknown>>;

/** WebChat's connection to the Gateway: protocol 4 on the endpoint that the snapshot names. */
export function createChatLink(options: ChatLinkOptions): ChatLink {
  const { handlers, clock } = options;
  let endpoint: Endpoint | null = null;
  let canOpen = false;
  let transport: ChatTransport = 'direct';
  let client: Client | null = null;
  let refused: AppError | null = null;
  /** Refusals that the engine was told of in this generation; what is stale is forgotten after the first. */
  let told = new Set<string>();
  let cancelWatch: (() => void) | null = null;
  /** In a row. */
  let failures = 0;
  let state: ChatLinkState = { tag: 'off' };

  function become(next: ChatLinkState) {
    if (next.tag === state.tag && next.tag !== 'refused') return;
    state = next;
    handlers.onDidChange(next);
  }

  function close() {
    cancelWatch?.();
    const open = client;
    client = null;
    succeed();
    const wasOpen = state.tag === 'open';
    open?.stop();
    if (wasOpen) handlers.onClosed();
  }

  function succeed() {
    failures = 0;
    handlers.onDidFail(null);
  }

  function open(target: Endpoint) {
    const current = createClient(target);
    client = current;
    become({ tag: 'opening' });
    current.start();
  }

  function createClient(target: Endpoint): Client {
    let lastHeardMs = clock.now();
    const isCurrent = () => client === current;

    /** A connection that went silent is dead, even if nobody closed it: twice the Gateway's tick. */
    function watch(tickMs: number) {
      cancelWatch?.();
      cancelWatch = clock.after(tickMs, () => {
        if (!isCurrent()) return;
        if (clock.now() - lastHeardMs > 2 * tickMs) current.closeSocket(4000, 'tick timeout');
        else watch(tickMs);
      });
    }

    const current: Client = new GatewayProtocolClient<Record<string, unknown>>({
      createSocket: (socketHandlers) => options.transports[transport](target, socketHandlers),
      createRequestId: options.newId,
      handshake: { mode: 'require-challenge', timeoutMs: challengeTimeoutMs },
      reconnect,
      requestTimeoutMs,
      nowMs: clock.now,
      async buildConnectPlan({ nonce, challengeTs }) {
        const answer = await options.request('webchat.connectParams', {
          generation: target.generation,
          transport,
          nonce: nonce ?? '',
          ts: challengeTs ?? clock.now(),
        });
        if (!answer.ok) throw new AppErrorException(answer.error);
        return answer.value.connectParams;
      },
      buildConnectParams: (plan) => plan,
      onConnectFailure: (error) => judge(target, error),
      onHello(hello) {
        if (!isCurrent()) return;
        lastHeardMs = clock.now();
        watch(hello.policy?.tickIntervalMs ?? defaultTickMs);
        succeed();
        become({ tag: 'open', transport });
        handlers.onOpen(hello);
      },
      onActivity() {
        lastHeardMs = clock.now();
      },
      onEvent(frame) {
        if (isCurrent()) handlers.onEvent(frame);
      },
      onGap() {
        if (isCurrent()) handlers.onGap();
      },
      resolveClose({ connectFailure }) {
        const retry = refused === null && canOpen;
        const delayMs = Math.min(reconnect.initialMs * reconnect.multiplier ** failures, reconnect.maxMs);
        const reconnectDelayMs = connectFailure?.reconnectDelayMs ?? delayMs;
        failures += 1;
        if (isCurrent()) {
          const error = connectFailure ? connectError(connectFailure.error) : null;
          handlers.onDidFail(retry ? { error, nextTryAtMs: clock.now() + reconnectDelayMs } : null);
        }
        return { retry, notify: true, reconnectDelayMs };
      },
      onClose() {
        if (!isCurrent()) return;
        cancelWatch?.();
        const wasOpen = state.tag === 'open';
        if (refused) become({ tag: 'refused', error: refused });
        else become({ tag: 'waiting' });
        if (wasOpen) handlers.onClosed();
      },
    });
    return current;
  }

  function connectError(error: Error): AppError {
    const isJudged =
      error instanceof GatewayProtocolRequestError && readConnectErrorDetailCode(error.details);
    return isJudged ? refusalError(error, options.origin) : requestError(error, 'connect');
  }

  /** What follows from a refused `connect`: the other transport, another attempt, or a pause. */
  function judge(target: Endpoint, error: GatewayProtocolRequestError) {
    const decision = { closeCode: 4008, closeReason: 'connect refused' };
    const detailCode = readConnectErrorDetailCode(error.details);
    if (detailCode === ConnectErrorDetailCodes.CONTROL_UI_ORIGIN_NOT_ALLOWED && transport === 'direct') {
      transport = 'relay';
      return { ...decision, reconnectDelayMs: 0 };
    }
    if (detailCode === null) return { ...decision, reconnectDelayMs: error.retryAfterMs };

    const isFirstTime = !told.has(detailCode);
    told.add(detailCode);
    void options.request('webchat.refused', { generation: target.generation, detailCode });
    const isStaleCredential =
      detailCode === ConnectErrorDetailCodes.AUTH_TOKEN_MISMATCH ||
      detailCode === ConnectErrorDetailCodes.AUTH_DEVICE_TOKEN_MISMATCH;
    const mustPause =
      detailCode === ConnectErrorDetailCodes.CONTROL_UI_ORIGIN_NOT_ALLOWED ||
      shouldPauseGatewayReconnect({
        details: error.details,
        tokenMismatchIsTerminal: true,
        protocolMismatchIsTerminal: true,
        clientVersionMismatchIsTerminal: true,
      });
    if (mustPause && !(isStaleCredential && isFirstTime)) refused = refusalError(error, options.origin);
    return { ...decision, reconnectDelayMs: error.retryAfterMs };
  }

  function openIfWanted() {
    if (!endpoint || refused || state.tag === 'open' || state.tag === 'opening') return;
    if (!canOpen) return become({ tag: 'waiting' });
    if (!client) return open(endpoint);
    // Between two attempts: the engine says that now is the time.
    failures = 0;
    client.resetReconnectBackoff(reconnect.initialMs);
    become({ tag: 'opening' });
    client.start();
  }

  return {
    aim(nextEndpoint, nextCanOpen) {
      const isOther =
        nextEndpoint?.generation !== endpoint?.generation || nextEndpoint?.url !== endpoint?.url;
      const becameOpenable = nextCanOpen && !canOpen;
      endpoint = nextEndpoint;
      canOpen = nextCanOpen;
      if (isOther) {
        close();
        transport = nextEndpoint?.relayOnly ? 'relay' : 'direct';
        refused = null;
        told = new Set();
        become(endpoint ? { tag: 'waiting' } : { tag: 'off' });
      }
      if (isOther || becameOpenable) openIfWanted();
    },
    retry() {
      refused = null;
      told = new Set();
      if (state.tag === 'refused') become({ tag: 'waiting' });
      openIfWanted();
    },
    reopen() {
      if (state.tag !== 'open') return;
      close();
      become({ tag: 'waiting' });
      openIfWanted();
    },
    request<T>(method: string, params: unknown): Promise<T> {
      if (!client || state.tag !== 'open') return Promise.reject(new Error('gateway not connected'));
      return client.request<T>(method, params);
    },
    stop() {
      close();
      endpoint = null;
      become({ tag: 'off' });
    },
  };
}
