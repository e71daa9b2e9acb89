import { z } from 'zod';
import { modeSchema, portSchema, settingsPatchSchema, settingsViewSchema } from '../config/settings.ts';
import type { Result } from '../result.ts';
import { artifactRequests } from './artifact.ts';
import { commandRequests } from './command.ts';
import { credentialReportSchema } from './credentials.ts';
import { answerSchema } from './question.ts';
import { sharedConfigRequests } from './shared-config.ts';
import { healthSchema, versionedSnapshotSchema } from './snapshot.ts';
import { tunnelServiceRequests } from './tunnel-service.ts';

const nothing = z.strictObject({});
const done = z.object({});

/** A remote target as typed in Settings, not yet saved. `token` absent: the saved one is used. */
const testDraftSchema = z.strictObject({
  sshTarget: z.string().max(512),
  gatewayPort: portSchema,
  identityFile: z.string().max(4096).optional(),
  token: z.string().max(4096).optional(),
});

/** The Gateway's own address as typed in Settings, not yet saved. Absent: the saved token, no pin. */
const directDraftSchema = z.strictObject({
  url: z.string().max(2048),
  tlsFingerprint: z.string().max(256).optional(),
  token: z.string().max(4096).optional(),
});

/** A passed test. A failed one is the request's error. */
const testReportSchema = z.object({
  gatewayVersion: z.string(),
  /** What let us in: `token`, `device-token`, `none`, …, as `hello-ok` says. */
  authMethod: z.string(),
  /** Null where no SSH was involved. */
  sshMs: z.number().nullable(),
  gatewayMs: z.number(),
});

/** `direct`: the page's own WebSocket, with an Origin. `relay`: opened by the engine, without one. */
const chatTransportSchema = z.enum(['direct', 'relay']);

/** All that a screen may ask. Electron's IPC and the browser edge's WebSocket carry exactly this. */
export const requests = {
  'app.snapshot': { params: nothing, result: versionedSnapshotSchema },
  /** Electron: opens or focuses a window. Elsewhere `handled` is false and the page goes there itself. */
  'app.openWindow': {
    params: z.strictObject({ window: z.enum(['webchat', 'settings']) }),
    result: z.object({ handled: z.boolean() }),
  },
  /** https only; anything else is BAD_REQUEST. Elsewhere than Electron `handled` is false. */
  'app.openExternal': {
    params: z.strictObject({ url: z.url({ protocol: /^https$/ }).max(2048) }),
    result: z.object({ handled: z.boolean() }),
  },
  /** Which credential each call path would use, and why not the others. No value in it. */
  'credentials.explain': { params: nothing, result: credentialReportSchema },
  /** Whether a token can be kept in the system's keychain; else a save has to say where (`tokenPlace`). */
  'credentials.places': { params: nothing, result: z.object({ keychain: z.boolean() }) },
  'settings.save': { params: z.strictObject({ patch: settingsPatchSchema }), result: settingsViewSchema },
  /** Saves the mode, switches, and connects. Answers when the switch has begun; the snapshot tells the rest. */
  'connection.setMode': { params: z.strictObject({ mode: modeSchema }), result: done },
  /** Connects after a disconnect, skips the countdown, or tries again after a permanent failure. */
  'connection.retry': { params: nothing, result: done },
  /** Ends the connection, and its retries, for this run: `idle` until somebody connects. */
  'connection.disconnect': { params: nothing, result: done },
  /** Ends the connection and makes it anew, from SSH on. */
  'connection.reconnect': { params: nothing, result: done },
  'connection.checkHealth': { params: nothing, result: healthSchema },
  /** Climbs SSH, forward and handshake with a draft, apart from the running connection. */
  'connection.test': { params: testDraftSchema, result: testReportSchema },
  /** Dials and greets the Gateway's own address with a draft, apart from the running connection. */
  'connection.testDirect': { params: directDraftSchema, result: testReportSchema },
  /**
   * Pins the certificate that the present connection was refused over (R26) in Chela's settings and tries again.
   * BAD_REQUEST for another host name, or where the certificate is not the refused one any more.
   */
  'certificate.pin': {
    params: z.strictObject({ typedHost: z.string().max(512), fingerprint: z.string().max(256) }),
    result: done,
  },
  'questions.answer': { params: z.strictObject({ id: z.string(), answer: answerSchema }), result: done },
  /** Replaces the known key of the host in the snapshot's `hostKeyChange` and tries again. BAD_REQUEST for another name. */
  'hostKey.replace': { params: z.strictObject({ typedHost: z.string().max(512) }), result: done },
  /** Climbs the ladder for the present mode; the steps come as `doctor.step`, the end as `doctor.done`. */
  'doctor.run': { params: nothing, result: z.object({ runId: z.string() }) },
  'doctor.stop': { params: z.strictObject({ runId: z.string() }), result: done },
  /** The last run as text to copy: no token or key ever; user names, hosts and paths only when asked for. */
  'doctor.report': {
    params: z.strictObject({ withNames: z.boolean() }),
    result: z.object({ text: z.string() }),
  },
  /** Approves this computer's pairing request with `openclaw` on the Gateway's host, over the SSH session. */
  'pairing.approve': { params: z.strictObject({ requestId: z.string().max(128) }), result: done },
  /**
   * Asks the Gateway for everything that Chela can use. Ok: granted; a chat that is opened anew has it. Fails with
   * GATEWAY_PAIRING_REQUIRED and its `requestId` where somebody has to approve it.
   */
  'pairing.askForScopes': { params: nothing, result: done },
  ...artifactRequests,
  ...sharedConfigRequests,
  ...commandRequests,
  ...tunnelServiceRequests,
  /** Private keys found in `~/.ssh`, as absolute paths. */
  'ssh.listIdentities': { params: nothing, result: z.object({ files: z.array(z.string()) }) },
  /** The whole signed `connect` parameters for one challenge. The private key stays in the engine. */
  'webchat.connectParams': {
    params: z.strictObject({
      generation: z.number().int(),
      transport: chatTransportSchema,
      nonce: z.string().max(512),
      /** The challenge's `ts`, epoch milliseconds. */
      ts: z.number(),
    }),
    result: z.object({ connectParams: z.record(z.string(), z.unknown()) }),
  },
  /** WebChat's connect was refused with this `details.code`; the engine forgets what is stale. */
  'webchat.refused': {
    params: z.strictObject({ generation: z.number().int(), detailCode: z.string().max(128) }),
    result: done,
  },
  'relay.open': {
    params: z.strictObject({ generation: z.number().int() }),
    result: z.object({ relayId: z.string() }),
  },
  'relay.send': { params: z.strictObject({ relayId: z.string(), data: z.string() }), result: done },
  'relay.close': { params: z.strictObject({ relayId: z.string() }), result: done },
} as const;

export type RequestMethod = keyof typeof requests;
/** As the caller writes it, before defaults. */
type RequestParams<M extends RequestMethod> = z.input<(typeof requests)[M]['params']>;
/** As the handler gets it, after validation. */
export type ValidParams<M extends RequestMethod> = z.output<(typeof requests)[M]['params']>;
export type RequestResult<M extends RequestMethod> = z.output<(typeof requests)[M]['result']>;

/** How a screen asks, whatever carries it. Never rejects. */
export type RequestFunction = <M extends RequestMethod>(
  method: M,
  params: RequestParams<M>,
) => Promise<Result<RequestResult<M>>>;

export function isRequestMethod(method: string): method is RequestMethod {
  return Object.hasOwn(requests, method);
}

export type TestDraft = z.infer<typeof testDraftSchema>;
export type DirectDraft = z.infer<typeof directDraftSchema>;
export type TestReport = z.infer<typeof testReportSchema>;
export type ChatTransport = z.infer<typeof chatTransportSchema>;
