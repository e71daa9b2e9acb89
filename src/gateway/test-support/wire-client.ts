import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { WebSocket } from 'ws';

type Json = Record<string, unknown>;
export type ResponseFrame = {
  type: 'res';
  id: string;
  ok: boolean;
  payload?: Json;
  error?: { code: string; message: string; details?: Json; retryable?: boolean };
};
export type EventFrame = {
  type: 'event';
  event: string;
  payload: Json;
  seq?: number;
  stateVersion?: Json;
};
export type Frame = ResponseFrame | EventFrame;

export type TestDevice = { id: string; publicKey: string; privateKey: KeyObject };

export function newDevice(): TestDevice {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  return {
    id: createHash('sha256').update(raw).digest('hex'),
    publicKey: raw.toString('base64url'),
    privateKey,
  };
}

/**
 * A socket that remembers all it hears, so that a test can wait for what it needs. Speaks no protocol by
 * itself.
 */
export type RawClient = {
  readonly socket: WebSocket;
  readonly frames: Frame[];
  send(frame: unknown): void;
  sendText(text: string): void;
  /** The first frame, past or coming, that fits. */
  next<T extends Frame = Frame>(fits: (frame: Frame) => boolean): Promise<T>;
  readonly closed: Promise<{ code: number; reason: string }>;
};

export function openRaw(url: string, headers: Record<string, string> = {}): RawClient {
  const socket = new WebSocket(url, { headers });
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of [...waiting]) look();
  };
  socket.on('message', (data) => {
    frames.push(JSON.parse(data.toString()) as Frame);
    wake();
  });
  let refusal = 'the socket closed first';
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    socket.on('unexpected-response', async (_request, response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      const type = /"type":"(\w+)"/.exec(body)?.[1];
      refusal = `http ${response.statusCode}${type === undefined ? '' : ` ${type}`}`;
      resolve({ code: 0, reason: refusal });
    });
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (error.syscall === 'connect') refusal = 'no connection';
  });
  return {
    socket,
    frames,
    send: (frame) => socket.send(JSON.stringify(frame)),
    sendText: (text) => socket.send(text),
    next: <T extends Frame>(fits: (frame: Frame) => boolean) =>
      new Promise<T>((resolve, reject) => {
        const look = () => {
          const found = frames.find(fits);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found as T);
        };
        waiting.add(look);
        look();
        void closed.then(() => {
          look();
          if (waiting.delete(look)) reject(new Error(refusal));
        });
      }),
    closed,
  };
}

export const isEvent =
  (event: string, fits: (payload: Json) => boolean = () => true) =>
  (frame: Frame) =>
    frame.type === 'event' && frame.event === event && fits(frame.payload);

export const isResponse = (id: string) => (frame: Frame) => frame.type === 'res' && frame.id === id;

export type ConnectOptions = {
  url: string;
  id?: string;
  mode?: string;
  role?: string;
  scopes?: string[];
  auth?: Json | null;
  platform?: string;
  deviceFamily?: string;
  displayName?: string;
  device?: TestDevice;
  /** The form of the signed text. */
  version?: 'v2' | 'v3';
  signedAt?: (challengeTs: number) => number;
  origin?: string;
  headers?: Record<string, string>;
  /** A last change to the parameters, after signing. */
  mutate?: (params: Json, nonce: string) => void;
};

export type Handshake = { client: RawClient; response: ResponseFrame };

/** Sends one `connect` as a client of protocol 4 would and returns whatever comes back. */
export async function handshake(options: ConnectOptions): Promise<Handshake> {
  const { origin, headers } = options;
  const client = openRaw(options.url, { ...(origin === undefined ? {} : { Origin: origin }), ...headers });
  const challenge = await client.next<EventFrame>(isEvent('connect.challenge'));
  client.send({ type: 'req', id: 'connect', method: 'connect', params: connectParams(options, challenge) });
  return { client, response: await client.next<ResponseFrame>(isResponse('connect')) };
}

function connectParams(options: ConnectOptions, challenge: EventFrame): Json {
  const { id = 'gateway-client', mode = 'backend', role = 'operator', platform = 'linux' } = options;
  const { scopes = ['operator.read', 'operator.write'], deviceFamily, displayName, device } = options;
  const nonce = String(challenge.payload.nonce);
  const params: Json = {
    minProtocol: 4,
    maxProtocol: 4,
    client: {
      id,
      mode,
      version: '0.1.0',
      platform,
      ...(deviceFamily ? { deviceFamily } : {}),
      ...(displayName ? { displayName } : {}),
    },
    role,
    scopes,
    caps: [],
  };
  if (options.auth !== null) params.auth = options.auth ?? {};
  if (device !== undefined) {
    const signedAt = (options.signedAt ?? ((ts) => ts))(Number(challenge.payload.ts));
    const auth = (options.auth ?? {}) as Record<string, string>;
    const version = options.version ?? 'v3';
    const fields = [
      version,
      device.id,
      id,
      mode,
      role,
      scopes.join(','),
      signedAt,
      auth.token ?? auth.deviceToken ?? '',
      nonce,
    ];
    if (version === 'v3') fields.push(platform.toLowerCase(), (deviceFamily ?? '').toLowerCase());
    params.device = {
      id: device.id,
      publicKey: device.publicKey,
      signature: sign(null, Buffer.from(fields.join('|')), device.privateKey).toString('base64url'),
      signedAt,
      nonce,
    };
  }
  options.mutate?.(params, nonce);
  return params;
}

export type TestClient = RawClient & {
  readonly hello: Json;
  /** The whole response frame. */
  request(method: string, params?: unknown): Promise<ResponseFrame>;
  /** The payload; throws the error's message. */
  call(method: string, params?: unknown): Promise<Json>;
  close(): void;
};

/** A client that got in; throws when it did not. */
export async function connect(options: ConnectOptions): Promise<TestClient> {
  const { client, response } = await handshake(options);
  if (!response.ok || response.payload === undefined) {
    throw new Error(`connect refused: ${JSON.stringify(response.error)}`);
  }
  let counter = 0;
  const request = (method: string, params?: unknown) => {
    counter += 1;
    const id = `r${counter}`;
    client.send({ type: 'req', id, method, ...(params === undefined ? {} : { params }) });
    return client.next<ResponseFrame>(isResponse(id));
  };
  return {
    ...client,
    hello: response.payload,
    request,
    async call(method, params) {
      const answer = await request(method, params);
      if (!answer.ok) throw new Error(answer.error?.message ?? 'failed');
      return answer.payload ?? {};
    },
    close: () => client.socket.close(),
  };
}
