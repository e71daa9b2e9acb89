import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { assertNever } from '../../shared/assert-never.ts';
import { targetPatch } from '../../shared/config/patch.ts';
import { type AppError, appError, toAppError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { Engine, Screen } from '../engine.ts';
import {
  CONTROL_VERSION,
  type ControlMethod,
  type ControlParams,
  controlMethods,
  controlStatusOf,
  envelopeSchema,
  MAX_ANSWER_BYTES,
  MAX_REQUEST_BYTES,
  type OpenReply,
  requestSchema,
} from './control-protocol.ts';
import { parseLine, readLines, writeLine } from './lines.ts';

/** What a running Chela lets be asked of it. */
export type ControlDoor = {
  /** A second start on the same directory. */
  open(): OpenReply | Promise<OpenReply>;
  /** The engine once it runs; what is asked before waits for it. Rejects when it does not come to run. */
  engine(): Promise<Pick<Engine, 'snapshot' | 'onDidChange' | 'openScreen'>>;
};

const MAX_SOCKETS = 32;
/** Without a request from its other end. */
const FIRST_WORD_WITHIN_MS = 5000;
const IDLE_MS = 60_000;

/** Listens on `path` for this user alone. Resolves to the way to stop. */
export async function serveControl(path: string, door: ControlDoor): Promise<() => Promise<void>> {
  const isFile = process.platform !== 'win32';
  if (isFile) rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(FIRST_WORD_WITHIN_MS, () => socket.destroy());
    serveSocket(socket, door);
  });
  server.maxConnections = MAX_SOCKETS;
  // The socket is made within the call, so that there is no moment in which another user could open it. On Windows
  // the pipe's own default lets other users read from it, and so ask nothing.
  const umask = isFile ? process.umask(0o177) : 0;
  server.listen(path);
  if (isFile) process.umask(umask);
  await once(server, 'listening');
  // It serves the process and must not keep it alive.
  server.unref();
  return async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
}

/** One request after the other, in their order. */
function serveSocket(socket: Socket, door: ControlDoor): void {
  const session = createSession(socket, door);
  let work = Promise.resolve();
  readLines(socket, MAX_REQUEST_BYTES, (line) => {
    socket.setTimeout(IDLE_MS);
    const value = parseLine(line);
    const envelope = envelopeSchema.safeParse(value);
    if (!envelope.success) return socket.destroy();
    const { v, id } = envelope.data;
    work = work.then(async () => {
      if (socket.destroyed) return;
      const answer =
        v === CONTROL_VERSION ? await answerTo(value, session) : err(otherVersion(CONTROL_VERSION, v));
      if (socket.destroyed) return;
      const body = answer.ok ? { result: answer.value } : { error: answer.error };
      writeLine(socket, { v: CONTROL_VERSION, id, ...body });
      session.afterAnswer();
    });
  });
}

function otherVersion(running: number, asked: number): AppError {
  return appError('CONTROL_OTHER_VERSION', `control protocol ${asked} asked of ${running}`);
}

async function answerTo(value: unknown, session: Session): Promise<Result<object>> {
  const request = requestSchema.safeParse(value);
  if (!request.success) return badRequest(request.error.issues[0]?.message);
  const { method } = request.data;
  const params = controlMethods[method].params.safeParse(request.data.params ?? {});
  if (!params.success) return badRequest(params.error.issues[0]?.message);
  try {
    return await session.handle(method, params.data);
  } catch (thrown) {
    return err(toAppError(thrown));
  }
}

function badRequest(reason = 'invalid'): Result<never> {
  return err(appError('BAD_REQUEST', reason, { details: { reason } }));
}

type Session = {
  handle(method: ControlMethod, params: object): Promise<Result<object>>;
  /** Starts what follows an answer. */
  afterAnswer(): void;
};

/** A screen that is a socket: what it may ask, and the events it asked for. */
function createSession(socket: Socket, door: ControlDoor): Session {
  let screen: Screen | null = null;
  let startEvents: (() => void) | null = null;
  let isWatching = false;
  socket.on('close', () => screen?.dispose());

  async function ask(method: string, params: object): Promise<Result<object>> {
    const engine = await door.engine();
    if (socket.destroyed) return err(appError('STOPPED', 'nobody waits for it'));
    screen ??= engine.openScreen();
    return (await screen.request(method, params)) as Result<object>;
  }

  async function order(...steps: (readonly [string, object])[]): Promise<Result<object>> {
    for (const [method, params] of steps) {
      const done = await ask(method, params);
      if (!done.ok) return done;
    }
    return ok({});
  }

  async function watch(): Promise<Result<object>> {
    const engine = await door.engine();
    const status = controlStatusOf(engine.snapshot());
    if (isWatching) return ok(status);
    isWatching = true;
    let last = JSON.stringify(status);
    startEvents = () => {
      socket.setTimeout(0);
      const announce = () => {
        const now = controlStatusOf(engine.snapshot());
        const text = JSON.stringify(now);
        if (text === last) return;
        last = text;
        // Who does not read is not written to for ever.
        if (socket.writableLength > MAX_ANSWER_BYTES) return socket.destroy();
        writeLine(socket, { v: CONTROL_VERSION, event: 'status', status: now });
      };
      socket.on('close', engine.onDidChange(announce));
      // What changed since the answer was made.
      announce();
    };
    return ok(status);
  }

  return {
    async handle(method, params) {
      switch (method) {
        case 'open':
          return ok(await door.open());
        case 'status':
          return ok(controlStatusOf((await door.engine()).snapshot()));
        case 'watch':
          return watch();
        case 'connect':
          return order(['connection.retry', {}]);
        case 'disconnect':
          return order(['connection.disconnect', {}]);
        case 'reconnect':
          return order(['connection.reconnect', {}]);
        case 'setMode': {
          const { mode, ...chosen } = params as ControlParams<'setMode'>;
          const patch = targetPatch(chosen);
          const save = ['settings.save', { patch }] as const;
          return order(...(Object.keys(patch).length === 0 ? [] : [save]), ['connection.setMode', { mode }]);
        }
        case 'tunnelService.status':
        case 'tunnelService.plan':
        case 'tunnelService.apply':
        case 'tunnelService.cancel':
        case 'tunnelService.settle':
        case 'tunnelService.control':
        case 'tunnelService.log':
          return ask(method, params);
        default:
          return assertNever(method);
      }
    },
    afterAnswer() {
      startEvents?.();
      startEvents = null;
    },
  };
}
