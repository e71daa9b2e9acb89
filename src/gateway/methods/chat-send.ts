import { validateChatSendParams } from '@openclaw/gateway-protocol';
import { readAttachments } from '../agent/media/attachments.ts';
import type { MediaStore } from '../agent/media/media-store.ts';
import type { Runs } from '../agent/runs.ts';
import { scopeGranted } from '../auth/scopes.ts';
import type { Client } from '../server/client.ts';
import { answer, invalidRequest } from '../server/frames.ts';
import type { Sender } from '../sessions/history-row.ts';
import { queueModes } from '../sessions/run-store.ts';
import { AGENT_ID, parseSessionKey } from '../sessions/session-key.ts';
import { checked, type MethodTable } from './method.ts';
import { withTarget } from './mutation-target.ts';

export type ChatSendDeps = { readonly runs: Runs; readonly media: MediaStore };

/** `chat.send`: takes a message, keeps it, and answers before anybody thinks about it. Errors as observed. */
export function chatSendMethod({ runs, media }: ChatSendDeps): MethodTable {
  const send = checked('chat.send', 'operator.write', validateChatSendParams, (params, client) => {
    const { key, agentId } = parseSessionKey(params.sessionKey);
    if (params.agentId !== undefined && params.agentId.toLowerCase() !== AGENT_ID) {
      return invalidRequest(`Unknown agent id "${params.agentId}"`);
    }
    if (agentId !== AGENT_ID) {
      return invalidRequest(`Agent "${agentId}" no longer exists in configuration`);
    }
    const attachments = readAttachments(params.attachments ?? []);
    if (!attachments.ok) return invalidRequest(attachments.error);
    if (params.message.trim() === '' && attachments.value.length === 0) {
      return invalidRequest('message or attachment required');
    }
    if (params.message.includes('\u0000')) return invalidRequest('message must not contain null bytes');

    const runId = params.idempotencyKey;
    const isKnown = runs.isKnown(runId);
    const accepted = runs.accept({
      runId,
      sessionKey: key,
      message: params.message,
      sender: senderOf(client),
      plain: params.suppressCommandInterpretation === true,
      queueMode: queueModes.find((mode) => mode === params.queueMode) ?? 'steer',
      mayAnswer: scopeGranted(client.admission.scopes, 'operator.questions'),
      connId: client.connId,
      // A repeated send brings the same files again; they lie there already.
      media: isKnown ? [] : attachments.value.map(media.write),
      ...(client.admission.device === null ? {} : { deviceId: client.admission.device.deviceId }),
      ...(params.thinking === undefined ? {} : { thinking: params.thinking }),
    });
    if (accepted.status !== 'conflict') return answer({ runId, ...accepted });
    return invalidRequest('idempotencyKey was already used for another message', {
      reason: 'chat-request-conflict',
    });
  });
  return withTarget(send, ['sessionKey']);
}

export function senderOf({ connect: { client } }: Client): Sender {
  const { id, mode, displayName } = client;
  return displayName === undefined ? { id, mode } : { id, mode, displayName };
}
