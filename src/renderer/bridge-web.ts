import {
  BRIDGE_PATH,
  type BridgeClientFrame,
  bridgeClose,
  bridgeServerFrameSchema,
  SESSION_PATH,
  sessionResponseSchema,
} from '../shared/contract/web-bridge.ts';
import { appError } from '../shared/errors.ts';
import { err, type Result } from '../shared/result.ts';
import type { BridgeState, Carrier } from './bridge.ts';
import type { Clock } from './clock.ts';

const SECRET_KEY = 'chela.session';
const firstDelayMs = 250;
const maxDelayMs = 5000;
const sessionTimeoutMs = 10_000;

/** The part of `WebSocket` that is used here. */
export type BridgeSocket = Pick<
  WebSocket,
  'send' | 'close' | 'onopen' | 'onmessage' | 'onclose' | 'readyState'
>;

export type WebCarrierOptions = {
  /** Of the page, e.g. `http://127.0.0.1:4711`. */
  origin: string;
  /** From the address, used once. */
  ticket: string | null;
  /** Kept by this tab and this origin alone. */
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  fetch: typeof fetch;
  openSocket: (url: string) => BridgeSocket;
  clock: Clock;
};

/**
 * The browser edge's carrier: ticket → session secret → one WebSocket, opened again with back-off when it
 * drops. Requests that were under way when it dropped answer BRIDGE_CLOSED.
 */
export function webCarrier(options: WebCarrierOptions): Carrier {
  const pending = new Map<number, (result: Result<unknown>) => void>();
  let { ticket } = options;
  let socket: BridgeSocket | null = null;
  let ready = false;
  let attempt = 0;
  let nextId = 1;
  let stopped = true;
  let cancelRetry: (() => void) | null = null;
  let announce: (state: BridgeState) => void = () => undefined;
  let deliver: (event: unknown) => void = () => undefined;

  const closedError = () => err(appError('BRIDGE_CLOSED', 'the bridge is not open'));

  function settlePending() {
    const settles = [...pending.values()];
    pending.clear();
    for (const settle of settles) settle(closedError());
  }

  function refuse() {
    options.storage.removeItem(SECRET_KEY);
    announce('refused');
  }

  function retryLater() {
    if (stopped) return;
    announce('lost');
    const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** attempt);
    attempt += 1;
    cancelRetry = options.clock.after(delayMs, () => void open());
  }

  /** The secret, `null` when there is none to be had, `'unreachable'` when nobody answered. */
  async function obtainSecret(): Promise<string | null | 'unreachable'> {
    if (ticket === null) return options.storage.getItem(SECRET_KEY);
    try {
      const response = await options.fetch(`${options.origin}${SESSION_PATH}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ticket }),
        signal: AbortSignal.timeout(sessionTimeoutMs),
      });
      if (response.status >= 500) return 'unreachable';
      ticket = null;
      const body = response.ok ? sessionResponseSchema.safeParse(await response.json()) : null;
      if (!body?.success) return options.storage.getItem(SECRET_KEY);
      options.storage.setItem(SECRET_KEY, body.data.secret);
      return body.data.secret;
    } catch {
      return 'unreachable';
    }
  }

  async function open() {
    cancelRetry = null;
    const secret = await obtainSecret();
    if (stopped) return;
    if (secret === 'unreachable') return retryLater();
    if (secret === null) return refuse();
    const opened = options.openSocket(`${options.origin.replace(/^http/, 'ws')}${BRIDGE_PATH}`);
    socket = opened;
    opened.onopen = () => send(opened, { type: 'hello', secret });
    opened.onmessage = ({ data }) => {
      if (socket === opened) receive(data);
    };
    opened.onclose = ({ code }) => {
      if (socket !== opened) return;
      socket = null;
      ready = false;
      settlePending();
      if (code === bridgeClose.unauthorized) refuse();
      else retryLater();
    };
  }

  function send(target: BridgeSocket, frame: BridgeClientFrame) {
    target.send(JSON.stringify(frame));
  }

  function receive(data: unknown) {
    const frame = bridgeServerFrameSchema.safeParse(parseJson(data));
    if (!frame.success) return;
    switch (frame.data.type) {
      case 'ready':
        ready = true;
        attempt = 0;
        announce('ready');
        break;
      case 'event':
        deliver(frame.data.event);
        break;
      case 'response': {
        const settle = pending.get(frame.data.id);
        pending.delete(frame.data.id);
        settle?.(frame.data.result);
        break;
      }
    }
  }

  return {
    request(method, params) {
      const target = socket;
      if (!target || !ready) return Promise.resolve(closedError());
      const id = nextId++;
      return new Promise((resolve) => {
        pending.set(id, resolve);
        send(target, { type: 'request', id, method, params });
      });
    },
    start({ event, state }) {
      if (!stopped) return;
      stopped = false;
      deliver = event;
      announce = state;
      void open();
    },
    stop() {
      stopped = true;
      cancelRetry?.();
      cancelRetry = null;
      const target = socket;
      socket = null;
      ready = false;
      target?.close(1000);
      settlePending();
    },
  };
}

function parseJson(data: unknown): unknown {
  if (typeof data !== 'string') return null;
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
