import type { AnyAuthMethod, Client } from 'ssh2';
import { readSsh2Facts, tryRequire } from './ssh2-facts.ts';

/**
 * The one place that touches ssh2's insides. Everything is done to single instances, after `client.connect()`, and
 * only for the version whose insides were read; with any other one, or when something is not where it was, ssh2
 * stays as it is. `tuning.test.ts` fails loudly when that happens. What each change is worth was measured against
 * OpenSSH's server (`npm run bench -- tunnel` measures it again).
 */
export const tunedVersion = '1.17.0';

/** An agent (ssh2's word for what signs) that needs no person and no other program to sign. */
type EagerAgent = {
  readonly signsAtOnce: boolean;
  sign(
    key: unknown,
    data: Buffer,
    options: { hash: string | undefined },
    done: (error: Error | undefined, signature?: Buffer) => void,
  ): void;
};

export type Tuning = {
  /** Null when all is in place; else why ssh2 runs as it came. */
  readonly problem: string | null;
  /** Say what is tried next, before ssh2 is told. */
  offers(method: AnyAuthMethod): void;
  /**
   * The first authentication may go out right behind the request for the service. Only for a key that signs at
   * once and is not RSA: for RSA, the server's list of signature algorithms has to be here first.
   */
  startsAtOnce(mayStart: () => boolean): void;
  /**
   * For a channel that was just opened: 4 MB of receive window, refilled every 256 KB of what was read. Stock is
   * 2 MB refilled at half, which over 50 ms of round trip costs more than half of the throughput.
   */
  widenWindow(channel: unknown): void;
  /** Sends one question; answers come in the order of the questions. False: it could not be sent. */
  ask(answered: (lost: boolean) => void): boolean;
};

type Handler = (protocol: unknown, ...rest: unknown[]) => void;
type Handlers = Record<string, Handler | undefined>;
type Sign = (data: Buffer, done: (signature: Buffer) => void) => void;

type Protocol = {
  _handlers: Handlers;
  _packetRW: {
    write: { allocStart: number; alloc(size: number): Buffer; finalize(packet: Buffer): Buffer };
  };
  service(name: string): void;
  authPK(user: string, key: unknown, algorithm?: string | Sign, sign?: Sign): void;
  ping(): void;
  channelWindowAdjust(id: number, amount: number): void;
};

type Inside = {
  _protocol: Protocol;
  _callbacks: ((lost: unknown) => void)[];
  _chanMgr: { get(id: unknown): unknown };
};

type OpenChannel = {
  incoming: { id: number; window: number; state: string };
  outgoing: { id: number; state: string };
  readableLength: number;
  _waitChanDrain: boolean;
  _read(size: number): void;
};

const { sendPacket } = tryRequire('ssh2/lib/protocol/utils.js');

const windowBytes = 4 * 1024 * 1024;
const refillBytes = 256 * 1024;

/** `client.connect()` was called, nothing was read yet. Never throws. */
export function tuneClient(client: Client): Tuning {
  const { version } = readSsh2Facts();
  if (version !== tunedVersion) return stock(client, `made for ssh2 ${tunedVersion}, found ${version}`);
  const inside: unknown = client;
  const missing = whatIsMissing(inside);
  if (!isInside(inside) || missing !== null) return stock(client, `ssh2 has no ${missing}`);
  return tune(inside);
}

function tune(client: Inside): Tuning {
  const protocol = client._protocol;
  const handlers = protocol._handlers;
  const wide = new Map<unknown, () => void>();
  let eager: EagerAgent | null = null;
  let mayStart = () => false;

  // sshd's Nagle algorithm holds back what follows a WINDOW_ADJUST until that is acknowledged, which this side's
  // kernel delays for 40 ms. Any packet carries the acknowledgement.
  after(handlers, 'CHANNEL_WINDOW_ADJUST', () => sendIgnore(protocol));
  after(handlers, 'CHANNEL_DATA', (_, id) => wide.get(id)?.());
  after(handlers, 'CHANNEL_CLOSE', (_, id) => wide.delete(id));

  const accepted = handlers.SERVICE_ACCEPT;
  let hasStarted = false;
  const start = (name: unknown) => {
    if (hasStarted) return;
    hasStarted = true;
    accepted?.(protocol, name);
  };
  handlers.SERVICE_ACCEPT = (_, name) => start(name);
  const request = protocol.service.bind(protocol);
  protocol.service = (name) => {
    request(name);
    if (name === 'ssh-userauth' && mayStart()) start(name);
  };

  // Without a signature, ssh2 only asks whether the server would take the key: a round trip.
  const authenticate = protocol.authPK.bind(protocol);
  protocol.authPK = (user, key, algorithm, sign) => {
    const agent = eager;
    if (sign || typeof algorithm === 'function' || !agent?.signsAtOnce) {
      authenticate(user, key, algorithm, sign);
      return;
    }
    authenticate(user, key, algorithm, (data, done) =>
      agent.sign(key, data, { hash: hashOf(algorithm) }, (error, signature) => {
        if (signature) done(signature);
        // The question in the old way: whoever asks next gets the error.
        else if (error) authenticate(user, key, algorithm);
      }),
    );
  };

  return {
    problem: null,
    offers(method) {
      const agent: unknown = method.type === 'agent' ? method.agent : null;
      eager = isEager(agent) ? agent : null;
    },
    startsAtOnce(may) {
      mayStart = may;
    },
    widenWindow(channel) {
      if (!isChannel(channel) || channel.outgoing.state !== 'open') return;
      const refill = () => {
        // What a slow reader has not taken yet is not asked for again.
        const room = windowBytes - channel.incoming.window - channel.readableLength;
        if (room < refillBytes || channel.outgoing.state === 'closed') return;
        if (channel.incoming.state !== 'open') return;
        channel.incoming.window += room;
        protocol.channelWindowAdjust(channel.outgoing.id, room);
      };
      const read = channel._read.bind(channel);
      channel._read = (size) => {
        read(size);
        refill();
      };
      wide.set(channel.incoming.id, refill);
      refill();
    },
    ask(answered) {
      // A refusal is an answer too: only an Error says that there will be none.
      client._callbacks.push((lost) => answered(lost instanceof Error));
      protocol.ping();
      return true;
    },
  };
}

/** ssh2 as it came, by its public face alone. */
function stock(client: Client, problem: string): Tuning {
  return {
    problem,
    offers: () => {},
    startsAtOnce: () => {},
    widenWindow: () => {},
    ask(answered) {
      // Something that was never asked for can't be taken back; the server says so, which is the answer.
      client.unforwardIn('127.0.0.1', 0, (error) => answered(/No response/.test(error?.message ?? '')));
      return true;
    },
  };
}

function after(handlers: Handlers, name: string, then: Handler): void {
  const before = handlers[name];
  handlers[name] = (protocol, ...rest) => {
    before?.(protocol, ...rest);
    then(protocol, ...rest);
  };
}

/** RFC 4253 §11.2: a message that the other side must read and forget. */
function sendIgnore(protocol: Protocol): void {
  const { write } = protocol._packetRW;
  const packet = write.alloc(5);
  packet.set([2, 0, 0, 0, 0], write.allocStart);
  if (typeof sendPacket === 'function') sendPacket(protocol, write.finalize(packet));
}

/** RFC 8332 §3: the algorithm names of RSA keys carry the hash. */
function hashOf(algorithm: string | undefined): string | undefined {
  if (algorithm === 'rsa-sha2-256') return 'sha256';
  if (algorithm === 'rsa-sha2-512') return 'sha512';
  return algorithm === 'ssh-rsa' ? 'sha1' : undefined;
}

const parts: readonly string[] = [
  '_callbacks.push',
  '_protocol.service',
  '_protocol.authPK',
  '_protocol.ping',
  '_protocol.channelWindowAdjust',
  '_protocol._packetRW.write.alloc',
  '_protocol._packetRW.write.finalize',
  '_protocol._handlers.SERVICE_ACCEPT',
  '_protocol._handlers.CHANNEL_DATA',
  '_protocol._handlers.CHANNEL_CLOSE',
  '_protocol._handlers.CHANNEL_WINDOW_ADJUST',
];

/** The first function that is not where it was; null when all are. */
function whatIsMissing(client: unknown): string | null {
  const missing = parts.find((path) => typeof at(client, path) !== 'function');
  if (missing) return missing;
  if (typeof at(client, '_protocol._packetRW.write.allocStart') !== 'number') return 'allocStart';
  return typeof sendPacket === 'function' ? null : 'sendPacket';
}

function isInside(client: unknown): client is Inside {
  return whatIsMissing(client) === null;
}

function isEager(agent: unknown): agent is EagerAgent {
  return typeof at(agent, 'sign') === 'function' && at(agent, 'signsAtOnce') === true;
}

function isChannel(channel: unknown): channel is OpenChannel {
  return (
    typeof at(channel, 'incoming.window') === 'number' &&
    typeof at(channel, 'incoming.id') === 'number' &&
    typeof at(channel, 'outgoing.id') === 'number' &&
    typeof at(channel, 'readableLength') === 'number' &&
    typeof at(channel, '_read') === 'function'
  );
}

function at(root: unknown, path: string): unknown {
  let value = root;
  for (const name of path.split('.')) {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}
