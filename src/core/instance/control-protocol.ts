import { z } from 'zod';
import { localGatewaySchema, modeSchema } from '../../shared/config/settings.ts';
import { appErrorSchema } from '../../shared/contract/app-error.ts';
import { questionSchema } from '../../shared/contract/question.ts';
import { snapshotSchema, type VersionedSnapshot } from '../../shared/contract/snapshot.ts';
import { tunnelServiceRequests } from '../../shared/contract/tunnel-service.ts';

/**
 * What the running Chela of a data directory is told over its 0600 socket: one JSON object a line, both ways.
 *
 *  → {"v":2,"id":1,"method":"setMode","params":{"mode":"remote"}}
 *  ← {"v":2,"id":1,"result":{}}                     or {"v":2,"id":1,"error":{code, message, …}}
 *  ← {"v":2,"event":"status","status":{…}}          after `watch`, with every change, until the socket closes
 *
 * Another `v` is answered with CONTROL_OTHER_VERSION, whatever else the line holds; a line that is no such object ends
 * the socket without a word. No secret has a place in it.
 */
export const CONTROL_VERSION = 2;

/** Of one request; a target is the longest thing in it. */
export const MAX_REQUEST_BYTES = 16 * 1024;
/** Of one answer or event. */
export const MAX_ANSWER_BYTES = 1024 * 1024;

const nothing = z.strictObject({});

/** What a second start is to do: open the link, or nothing more, because a window came up or there is none. */
const openReplySchema = z.discriminatedUnion('tag', [
  z.object({ tag: z.literal('link'), link: z.string() }),
  z.object({ tag: z.literal('window') }),
  /** It runs in a terminal and has no screens. */
  z.object({ tag: z.literal('terminal') }),
]);
export type OpenReply = z.infer<typeof openReplySchema>;

/** The snapshot without what only screens draw. */
const controlStatusSchema = snapshotSchema
  .pick({
    app: true,
    mode: true,
    target: true,
    connection: true,
    tunnel: true,
    endpoint: true,
    gateway: true,
    health: true,
    lamps: true,
    notices: true,
    tunnelRun: true,
  })
  .extend({
    pid: z.number().int(),
    /** Open questions, which are answered where the running Chela shows them. */
    questions: z.array(z.enum(questionSchema.options.map(({ shape }) => shape.kind.value))),
  });
export type ControlStatus = z.infer<typeof controlStatusSchema>;

/** What of a snapshot goes over the socket. */
export function controlStatusOf({ snapshot }: VersionedSnapshot): ControlStatus {
  const { app, mode, target, connection, tunnel, endpoint, gateway, health, lamps, notices, tunnelRun } =
    snapshot;
  const questions = snapshot.questions.map(({ kind }) => kind);
  return {
    app,
    mode,
    target,
    connection,
    tunnel,
    endpoint,
    gateway,
    health,
    lamps,
    notices,
    tunnelRun,
    pid: process.pid,
    questions,
  };
}

export const controlMethods = {
  open: { params: nothing, result: openReplySchema },
  status: { params: nothing, result: controlStatusSchema },
  /** The present status, and from then on an event for each newer one. */
  watch: { params: nothing, result: controlStatusSchema },
  connect: { params: nothing, result: nothing },
  disconnect: { params: nothing, result: nothing },
  reconnect: { params: nothing, result: nothing },
  /** Saves, as Settings would, then switches and connects. */
  setMode: {
    params: z.strictObject({
      mode: modeSchema,
      sshTarget: z.string().max(512).optional(),
      gateway: localGatewaySchema.optional(),
    }),
    result: nothing,
  },
  /** As a screen asks them: the app has the port to hand over, and shows what is asked. */
  ...tunnelServiceRequests,
} as const;

export type ControlMethod = keyof typeof controlMethods;
export type ControlParams<M extends ControlMethod> = z.infer<(typeof controlMethods)[M]['params']>;
export type ControlResult<M extends ControlMethod> = z.infer<(typeof controlMethods)[M]['result']>;

/** Of every version. */
export const envelopeSchema = z.looseObject({ v: z.number().int(), id: z.number().int().nonnegative() });

export const requestSchema = z.strictObject({
  v: z.literal(CONTROL_VERSION),
  id: z.number().int().nonnegative(),
  method: z.enum(Object.keys(controlMethods) as [ControlMethod, ...ControlMethod[]]),
  params: z.unknown(),
});

export const answerSchema = z.union([
  z.object({ v: z.number(), id: z.number().int(), error: appErrorSchema }),
  z.object({ v: z.literal(CONTROL_VERSION), id: z.number().int(), result: z.unknown() }),
  z.object({ v: z.literal(CONTROL_VERSION), event: z.literal('status'), status: controlStatusSchema }),
]);
