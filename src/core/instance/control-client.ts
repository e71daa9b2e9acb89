import { once } from 'node:events';
import { lstatSync, realpathSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { z } from 'zod';
import { type AppError, appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { controlEndpoint } from './control-endpoint.ts';
import {
  answerSchema,
  CONTROL_VERSION,
  type ControlMethod,
  type ControlParams,
  type ControlResult,
  type ControlStatus,
  controlMethods,
  MAX_ANSWER_BYTES,
} from './control-protocol.ts';
import { parseLine, readLines, writeLine } from './lines.ts';

export type ControlClient = {
  /** APP_MUTE when it runs but does not answer in time. Never rejects. */
  request<M extends ControlMethod>(
    method: M,
    params: ControlParams<M>,
    withinMs?: number,
  ): Promise<Result<ControlResult<M>>>;
  /** The status now; `listener` hears every newer one until the socket closes. */
  watch(listener: (status: ControlStatus) => void): Promise<Result<ControlStatus>>;
  /** Resolves when the other end is gone, or after `close`. */
  readonly closed: Promise<void>;
  close(): void;
};

/** An order answers when it has begun, and the engine may have to stop an old connection first. */
const ANSWER_WITHIN_MS = 15_000;

/** The Chela that runs on a data directory; null where none does. Rejects where its socket can't be reached. */
export async function reachRunning(dataDir: string): Promise<ControlClient | null> {
  let path: string;
  try {
    ({ path } = controlEndpoint(realpathSync(dataDir)));
  } catch {
    return null;
  }
  return reachControl(path);
}

/** As {@link reachRunning}, for an endpoint. */
export async function reachControl(path: string): Promise<ControlClient | null> {
  if (!isOwn(path)) throw new Error(`${path} belongs to another user`);
  const socket = connect(path);
  try {
    await once(socket, 'connect');
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    // There is no such socket, or the process that made it has died.
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return null;
    throw thrown;
  }
  return clientOn(socket);
}

/** Whoever listens there is to be this user: a socket in a shared folder could be anybody's. */
function isOwn(path: string): boolean {
  if (process.platform === 'win32') return true;
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats === undefined || stats.uid === process.getuid?.();
}

type Waiting = (answer: Result<unknown>) => void;

function clientOn(socket: Socket): ControlClient {
  const waiting = new Map<number, Waiting>();
  const closing = Promise.withResolvers<void>();
  let listener: (status: ControlStatus) => void = () => {};
  let lastId = 0;

  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    for (const settle of waiting.values()) settle(err(mute('it went away')));
    waiting.clear();
    closing.resolve();
  });
  readLines(socket, MAX_ANSWER_BYTES, (line) => {
    const parsed = answerSchema.safeParse(parseLine(line));
    if (!parsed.success) return socket.destroy();
    const answer = parsed.data;
    if ('event' in answer) return listener(answer.status);
    waiting.get(answer.id)?.('error' in answer ? err(answer.error) : ok(answer.result));
    waiting.delete(answer.id);
  });

  async function request<M extends ControlMethod>(
    method: M,
    params: ControlParams<M>,
    withinMs = ANSWER_WITHIN_MS,
  ): Promise<Result<ControlResult<M>>> {
    if (socket.destroyed) return err(mute('it went away'));
    lastId += 1;
    const id = lastId;
    const answered = Promise.withResolvers<Result<unknown>>();
    waiting.set(id, answered.resolve);
    const timer = setTimeout(() => {
      waiting.delete(id);
      answered.resolve(err(mute(`no answer in ${withinMs} ms`)));
    }, withinMs);
    writeLine(socket, { v: CONTROL_VERSION, id, method, params });
    const answer = await answered.promise;
    clearTimeout(timer);
    if (!answer.ok) return answer;
    const schema: z.ZodType = controlMethods[method].result;
    const value = schema.safeParse(answer.value);
    // The schema belongs to this very method; TypeScript can't follow the pairing.
    return value.success ? ok(value.data as ControlResult<M>) : err(mute('an answer of another kind'));
  }

  return {
    request,
    watch(heard) {
      listener = heard;
      return request('watch', {});
    },
    closed: closing.promise,
    close: () => socket.destroy(),
  };
}

function mute(reason: string): AppError {
  return appError('APP_MUTE', reason);
}
